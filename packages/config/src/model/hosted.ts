import { accept, type Issue, type Parsed, reject } from '@registry-cache/domain';
import type { HostedSpec } from '../policy/hosted.ts';
import { listFirstParts } from './first-parts.ts';
import type { Upstream } from './upstream.ts';

/** The registries whose images are pushed here. */
export interface Hosted {
  readonly names: readonly string[];
  readonly maxSizeBytes: number;
}

const DEFAULT_BYTES = 50 * 1024 ** 3;
const NAME = /^[a-z0-9]+(?:(?:__?|-+)[a-z0-9]+)*$/;
/** `library` has Docker Hub's own images, and the others are parts of paths. */
const RESERVED = new Set(['library', 'v2', 'setup', 'token', 'localhost']);
const ACCEPTED = 'a name of one part in lower case, such as apps, without dots and ports';

/**
 * Checks the names of hosted registries.
 * @param path - where the policy file is, for issues.
 */
export function buildHosted(
  path: string,
  spec: HostedSpec | undefined,
  upstreams: readonly Upstream[],
): Parsed<Hosted | undefined> {
  if (spec === undefined) return accept(undefined);
  const { maxSize = DEFAULT_BYTES, ...registries } = spec;
  const names = Object.keys(registries).sort();
  const taken = new Set(upstreams.flatMap(listFirstParts));
  const issues = names.flatMap((name): Issue[] => {
    const issue = (found: string, accepted = ACCEPTED) => [
      { path: `${path} hosted[${JSON.stringify(name)}]`, found, accepted },
    ];
    if (!NAME.test(name) || /_\d+$/.test(name)) return issue('another name');
    if (RESERVED.has(name)) return issue('a name with a meaning of its own');
    if (taken.has(name)) return issue('the name of a registry that is served', 'another name');
    return [];
  });
  if (issues.length > 0) return reject(...issues);
  return accept(names.length === 0 ? undefined : { names, maxSizeBytes: maxSize });
}
