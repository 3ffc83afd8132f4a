import { X509Certificate } from 'node:crypto';
import { CLOUDS } from '@registry-cache/domain';
import { parseJson } from '@registry-cache/runtime';
// The small build of zod: the large one takes several MB of memory.
import * as z from 'zod/mini';
import type { ReferenceNames } from './find-registry.ts';
import { listReferenceNames, type NameSources } from './reference-names.ts';

const text = z.string();

/** The names of registries, without anything secret. */
const NAMES_FILE = z.strictObject({
  upstreams: z.array(z.strictObject({ id: text, key: text, host: text, prefixes: z.array(text) })),
  hosted: z.array(text),
  hostNames: z.record(text, text),
  defaultRegistry: z.optional(text),
  onDemandKeys: z.array(z.strictObject({ host: text, cloud: z.optional(z.enum(CLOUDS)) })),
  settings: z.strictObject({ ON_DEMAND_REGISTRIES: z.array(text), OFFLINE: z.boolean() }),
  /** PEM, without its key. */
  leaf: text,
});

/** What `parseNames` needs, for programs that may not read the pull secret. */
export function describeNames(model: NameSources): z.infer<typeof NAMES_FILE> {
  const { upstreams, hosted, hostNames, defaultRegistry, onDemandKeys, certificate } = model;
  const { ON_DEMAND_REGISTRIES, OFFLINE } = model.settings;
  return {
    upstreams: upstreams.map(({ id, key, host, prefixes }) => {
      return { id, key, host, prefixes: [...prefixes] };
    }),
    hosted: [...(hosted?.names ?? [])],
    hostNames: Object.fromEntries(hostNames),
    ...(defaultRegistry !== undefined && { defaultRegistry }),
    onDemandKeys: onDemandKeys.map(({ host, cloud }) => ({ host, ...(cloud && { cloud }) })),
    settings: { ON_DEMAND_REGISTRIES: [...ON_DEMAND_REGISTRIES], OFFLINE },
    leaf: new X509Certificate(certificate).toString(),
  };
}

/** @throws Error that names the first wrong field. */
export function parseNames(json: string): ReferenceNames {
  const { hosted, hostNames, leaf, defaultRegistry, ...rest } = parseJson(json, NAMES_FILE);
  return listReferenceNames({
    ...rest,
    defaultRegistry,
    hosted: { names: hosted },
    hostNames: new Map(Object.entries(hostNames)),
    certificate: leaf,
  });
}
