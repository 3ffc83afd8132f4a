import type { Cloud } from '@registry-cache/domain';
import type { CloudGlob } from '../policy/cloud-glob.ts';
import type { UpstreamCredential } from '../pull-secret/credential.ts';
import type { UpstreamName } from '../pull-secret/key.ts';
import type { PullSecret } from '../pull-secret/parse.ts';
import {
  findWildcard,
  type Glob,
  type Wildcard,
  type WildcardPlace,
} from '../pull-secret/wildcard.ts';
import { hasOneOwner, isOfOwner } from './owner.ts';

/** A key with `*` whose registries are served when clients ask for them. */
export interface OnDemandKey {
  /** `*.example.com:5000`. Here `*` never stands for a dot. */
  readonly host: string;
  /** Only registries of this cloud are served; undefined for every registry that fits. */
  readonly cloud?: Cloud | undefined;
  /** The kind of login that its registries get; undefined for none. */
  readonly login?: UpstreamCredential['kind'] | undefined;
}

/**
 * The keys of the pull secret and of the policy that serve registries on demand, each host once. A
 * glob of the policy replaces that of the pull secret.
 */
export function listOnDemandKeys(
  { wildcards, anonymousGlobs }: Pick<PullSecret, 'wildcards' | 'anonymousGlobs'>,
  cloudGlobs: readonly CloudGlob[],
): OnDemandKey[] {
  const keys: OnDemandKey[] = [
    ...cloudGlobs
      .filter((glob) => glob.namespace === '')
      .map(({ host, cloud }) => ({ host, cloud, login: 'cloud' as const })),
    ...wildcards
      .filter((one) => findLimit(one, true) === undefined)
      .map(({ host, credential }) => ({ host, login: credential.kind })),
    ...anonymousGlobs
      .filter((one) => findLimit(one, false) === undefined)
      .map(({ host }) => ({ host })),
  ];
  const byHost = new Map(keys.toReversed().map((key) => [key.host, key]));
  return keys.filter((key) => byHost.get(key.host) === key);
}

/**
 * The reason why a glob of the pull secret serves no registry by itself; undefined where it does.
 *
 * @param hasLogin - A login must not go to a registry of anybody: clients choose the registry.
 */
export function findLimit(glob: Glob, hasLogin: boolean): string | undefined {
  if (glob.namespace !== '') return 'a key with * and a path serves none by itself';
  if (!glob.host.includes('.')) return 'a registry on demand has a dot in its name';
  if (hasLogin && !hasOneOwner(glob))
    return 'its * fits registries of anybody, so none gets it on demand';
  return undefined;
}

/** The login of the pull secret for a registry that a client named. */
export function loginOnDemand(
  wildcards: readonly Wildcard[],
  name: UpstreamName,
): UpstreamCredential | undefined {
  const fitting = wildcards.filter((one) => mayGoTo(one, name));
  return findWildcard(fitting, name)?.credential;
}

function mayGoTo(glob: WildcardPlace, { host }: UpstreamName): boolean {
  return hasOneOwner(glob) && isOfOwner(glob, host);
}
