import { X509Certificate } from 'node:crypto';
import { CLOUDS } from '@registry-cache/domain';
import { parseJson } from '@registry-cache/runtime';
import { z } from 'zod';
import type { Settings } from '../settings/table.ts';
import type { ReferenceNames } from './find-registry.ts';
import { listReferenceNames, type NameSources } from './reference-names.ts';

const text = z.string();

/** The names of registries, without anything secret. */
const NAMES_FILE = z.strictObject({
  upstreams: z.array(z.strictObject({ id: text, key: text, host: text, prefixes: z.array(text) })),
  hosted: z.array(text),
  hostNames: z.record(text, text),
  defaultRegistry: text.optional(),
  onDemandKeys: z.array(z.strictObject({ host: text, cloud: z.enum(CLOUDS).optional() })),
  /** PEM, without its key. */
  leaf: text,
});

/** What `parseNames` needs, for programs that may not read the pull secret. */
export function describeNames(model: NameSources): z.infer<typeof NAMES_FILE> {
  const { upstreams, hosted, hostNames, defaultRegistry, onDemandKeys, certificate } = model;
  return {
    upstreams: upstreams.map(({ id, key, host, prefixes }) => {
      return { id, key, host, prefixes: [...prefixes] };
    }),
    hosted: [...(hosted?.names ?? [])],
    hostNames: Object.fromEntries(hostNames),
    ...(defaultRegistry !== undefined && { defaultRegistry }),
    onDemandKeys: onDemandKeys.map(({ host, cloud }) => ({ host, ...(cloud && { cloud }) })),
    leaf: new X509Certificate(certificate).toString(),
  };
}

/** @throws Error that names the first wrong field. */
export function parseNames(json: string, settings: Settings): ReferenceNames {
  const { upstreams, hosted, hostNames, defaultRegistry, onDemandKeys, leaf } = parseJson(
    json,
    NAMES_FILE,
  );
  return listReferenceNames({
    settings,
    onDemandKeys,
    upstreams,
    defaultRegistry,
    hosted: { names: hosted },
    hostNames: new Map(Object.entries(hostNames)),
    certificate: leaf,
  });
}
