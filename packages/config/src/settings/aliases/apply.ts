import type { Issue } from '@registry-cache/domain';
import type { MountedStores } from './store.ts';
import { ALIASES } from './table.ts';

/** How the command of another program was understood. */
export interface Aliases {
  /** What was taken, to what it is called here: `CACHE_MAX_SIZE=32g`, `CLEANER_MAXSIZE=32G`. */
  readonly taken: readonly (readonly [theirs: string, ours: string])[];
  /** What has no effect, each with its reason. */
  readonly left: readonly string[];
}

export interface AppliedAliases extends Aliases {
  /** The environment with our settings in place of that program's. */
  readonly environment: NodeJS.ProcessEnv;
  readonly issues: readonly Issue[];
}

/** Its own default, which its operators count on where their command names no size. */
const THEIR_SIZE = '32G';
const HUB = /(?:^|\s)(?:docker\.io|registry-1\.docker\.io|index\.docker\.io)(?:\s|$)/i;

/**
 * Understands the variables and folders of the intercepting proxy. A setting of our own that is set
 * keeps its value.
 */
export function applyAliases(given: NodeJS.ProcessEnv, mounted: MountedStores): AppliedAliases {
  const environment = { ...given };
  const taken: [string, string][] = [];
  const left: string[] = [];
  const issues: Issue[] = [];
  for (const [name, { ours, convert }] of Object.entries(ALIASES)) {
    const text = given[name] ?? '';
    if (text === '') continue;
    const free = ours.filter((setting) => given[setting] === undefined);
    const set = ours.filter((setting) => !free.includes(setting));
    if (set.length > 0) left.push(`${name} for ${set.join(', ')}, which is set too`);
    if (free.length === 0) continue;
    const value = convert(name, text);
    if (!value.ok) {
      issues.push(...value.issues);
      continue;
    }
    for (const setting of free) environment[setting] = value.value;
    taken.push([`${name}=${text}`, free.map((one) => `${one}=${value.value}`).join(' ')]);
  }
  useStore(environment, mounted, taken, left);
  left.push(...findMeaningless(given));
  return { environment, taken, left, issues };
}

/** Where that program's folder is the store, its other defaults hold as well. */
function useStore(
  environment: NodeJS.ProcessEnv,
  { store, unused }: MountedStores,
  taken: [string, string][],
  left: string[],
): void {
  left.push(...unused.map((folder) => `${folder}, since another folder is the store`));
  if (store === undefined) return;
  if (environment.REGISTRYDIR !== undefined) {
    left.push(`${store}, since REGISTRYDIR is set`);
    return;
  }
  environment.REGISTRYDIR = store;
  taken.push([store, `REGISTRYDIR=${store}`]);
  if (environment.CLEANER_MAXSIZE === undefined) {
    environment.CLEANER_MAXSIZE = THEIR_SIZE;
    taken.push([`the size of ${store}`, `CLEANER_MAXSIZE=${THEIR_SIZE}`]);
  }
  const { REGISTRIES: registries = '' } = environment;
  if (registries.trim() !== '' && !HUB.test(registries)) {
    // That program serves Docker Hub whatever the list says.
    environment.REGISTRIES = `docker.io ${registries}`;
    taken.push(['REGISTRIES without docker.io', 'REGISTRIES with docker.io']);
  }
}

/** Values of that program that ask for something that is not done here. */
function findMeaningless({ VERIFY_SSL, DISABLE_IPV6 }: NodeJS.ProcessEnv): string[] {
  return [
    ...(VERIFY_SSL === 'false'
      ? ['VERIFY_SSL=false: certificates are always checked; UPSTREAM_CA_PATH adds authorities']
      : []),
    ...(DISABLE_IPV6 === 'true'
      ? ['DISABLE_IPV6=true: IPv4 is used by itself where IPv6 does not answer']
      : []),
  ];
}
