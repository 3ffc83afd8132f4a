import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Model } from '../model/build.ts';
import { listFirstParts } from '../model/first-parts.ts';
import { formatAllowed, mayAskForMore, type OnDemandSources } from '../on-demand/allowed.ts';
import type { NamedUpstream, ReferenceNames } from './find-registry.ts';

/** The parts of a model by which references are resolved. */
export interface NameSources
  extends Pick<Model, 'certificate' | 'defaultRegistry' | 'hostNames'>,
    OnDemandSources {
  readonly hosted: Pick<NonNullable<Model['hosted']>, 'names'> | undefined;
  readonly upstreams: readonly NamedUpstream[];
}

/** The names by which references are resolved, as the model has them. */
export function listReferenceNames(model: NameSources): ReferenceNames {
  const { settings, onDemandKeys, upstreams, hostNames, defaultRegistry } = model;
  const hosted = model.hosted?.names ?? [];
  const leaf = new X509Certificate(model.certificate);
  const allowed = new RegExp(formatAllowed(settings.ON_DEMAND_REGISTRIES, onDemandKeys));
  const firstParts = upstreams.flatMap((upstream) =>
    listFirstParts(upstream).map((part) => [part, upstream.host] as const),
  );
  return {
    upstreams,
    hosted,
    firstParts: new Map([...firstParts, ...hosted.map((name) => [name, name] as const)]),
    hostNames,
    defaultRegistry,
    isAllowedOnDemand: (registry) => mayAskForMore(model) && allowed.test(registry),
    isOwnName: (name) => covers(leaf, name, false),
    mayBeOwnName: (name) => covers(leaf, name, true),
  };
}

function covers(leaf: X509Certificate, name: string, wildcards: boolean): boolean {
  const found = isIP(name) === 0 ? leaf.checkHost(name, { wildcards }) : leaf.checkIP(name);
  return found !== undefined;
}
