import type { Model } from '../model/build.ts';
import { listFirstParts } from '../model/upstream.ts';
import { publicFile, type RenderedTree } from './file.ts';

/** The edge's maps for finding registries. Of two entries that fit, HAProxy takes the longer one. */
export function renderMaps({ upstreams, hostNames }: Model): RenderedTree {
  // Path to upstream: the closing / anchors a prefix.
  const prefixes = upstreams.flatMap(({ id, prefixes }) =>
    prefixes.map((prefix): Entry => [`/v2/${prefix}/`, id]),
  );
  // A name in the first part of a path or in ?ns=, to the registry that it means.
  const names = upstreams.flatMap((upstream) =>
    listFirstParts(upstream).map((part): Entry => [part, upstream.host]),
  );
  // The start of a Host header, to a registry's name. The dot ends the name.
  const hosts = [...hostNames].map(([name, part]): Entry => [`${name}.`, part]);
  return new Map([
    ['etc/haproxy/prefixes.map', publicFile(formatMap(prefixes))],
    ['etc/haproxy/names.map', publicFile(formatMap([...new Map(names)].sort()))],
    ['etc/haproxy/hosts.map', publicFile(formatMap(hosts))],
  ]);
}

type Entry = readonly [key: string, value: string];

function formatMap(entries: readonly Entry[]): string {
  return entries.map(([key, value]) => `${key} ${value}\n`).join('');
}
