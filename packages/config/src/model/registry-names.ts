import type { RegistryNames } from '@registry-cache/access';
import { listFirstParts } from './first-parts.ts';
import type { Upstream } from './upstream.ts';

/** The names of the registries here, against which image patterns are read. */
export function listRegistryNames(upstreams: readonly Upstream[]): RegistryNames {
  const aliases = upstreams.flatMap((upstream) =>
    listFirstParts(upstream)
      .filter((part) => part !== upstream.host)
      .map((part): [string, string] => [part, upstream.host]),
  );
  const library = upstreams.filter(({ hasLibrary }) => hasLibrary).map(({ host }) => host);
  return { aliases: Object.fromEntries(aliases), library: [...new Set(library)] };
}
