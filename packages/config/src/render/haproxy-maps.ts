import type { Model } from '../model/build.ts';
import { listFirstParts } from '../model/first-parts.ts';
import { publicFile, type RenderedTree } from './file.ts';
import { formatMap, type MapEntry } from './format-map.ts';

/** The edge's maps for finding registries. Of two entries that fit, HAProxy takes the longer one. */
export function renderEdgeMaps({ upstreams, hostNames }: Model): RenderedTree {
  // Path to upstream: the closing / anchors a prefix.
  const prefixes = upstreams.flatMap(({ id, prefixes }) =>
    prefixes.map((prefix): MapEntry => [`/v2/${prefix}/`, id]),
  );
  // A name in the first part of a path or in ?ns=, to the registry that it means.
  const names = upstreams.flatMap((upstream) =>
    listFirstParts(upstream).map((part): MapEntry => [part, upstream.host]),
  );
  // The start of a Host header, to a registry's name. The dot ends the name.
  const hosts = [...hostNames].map(([name, part]): MapEntry => [`${name}.`, part]);
  return new Map([
    ['etc/haproxy/prefixes.map', publicFile(formatMap(prefixes))],
    ['etc/haproxy/names.map', publicFile(formatMap([...new Map(names)].sort()))],
    ['etc/haproxy/hosts.map', publicFile(formatMap(hosts))],
  ]);
}
