import { parse } from 'smol-toml';
import { expect, it } from 'vitest';
import { mergeRegistries } from './registries-conf.ts';

const MARK = '# Written by registry-cache; its next set-up replaces this file.\n';
const OURS = `${MARK}
[[registry]]
prefix = "docker.io"
location = "docker.io"

[[registry.mirror]]
location = "localhost:30026/docker.io"

[[registry]]
prefix = "quay.io"
location = "quay.io"

[[registry.mirror]]
location = "localhost:30026/quay.io"
`;

it('keeps the mirrors of the node in their order, behind the cache', () => {
  const base = `unqualified-search-registries = ["docker.io"]
[[registry]]
location = "docker.io"
blocked = false
[[registry.mirror]]
location = "old.example.com"
`;
  const dropIn = `[[registry]]
prefix = "docker.io"
location = "registry-1.docker.io"
mirror-by-digest-only = true
[[registry.mirror]]
location = "a.example.com"
insecure = true
[[registry.mirror]]
location = "b.example.com"
`;
  const merged = mergeRegistries([base, dropIn], OURS);
  expect(merged.startsWith(MARK)).toBe(true);
  expect(parse(merged)).toEqual({
    registry: [
      {
        prefix: 'docker.io',
        location: 'registry-1.docker.io',
        'mirror-by-digest-only': true,
        mirror: [
          { location: 'localhost:30026/docker.io' },
          { location: 'a.example.com', insecure: true },
          { location: 'b.example.com' },
        ],
      },
      {
        prefix: 'quay.io',
        location: 'quay.io',
        mirror: [{ location: 'localhost:30026/quay.io' }],
      },
    ],
  });
});

it('says what the set-up says where the node has no registries', () => {
  expect(parse(mergeRegistries(['', ''], OURS))).toEqual(parse(OURS));
});
