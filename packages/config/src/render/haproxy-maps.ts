import type { Model } from '../model/build.ts';
import { listFirstParts } from '../model/upstream.ts';
import { publicFile, type RenderedTree } from './file.ts';

/** What the edge looks registries up by. Of two entries that fit, HAProxy takes the longer one. */
export function renderMaps({ upstreams, hostNames }: Model): RenderedTree {
  // Path to upstream: the closing / anchors a prefix.
  const prefixes = upstreams.flatMap(({ id, prefixes }) =>
    prefixes.map((prefix): Entry => [`/v2/${prefix}/`, id]),
  );
  // A registry's name, as in the first part of a path or in ?ns=, to the registry that it means.
  const names = upstreams.flatMap((upstream) =>
    listFirstParts(upstream).map((part): Entry => [part, upstream.host]),
  );
  // What a Host header begins with, to a registry's name. A name of its own ends there.
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
