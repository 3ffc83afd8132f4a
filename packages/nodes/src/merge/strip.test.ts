import { expect, it } from 'vitest';
import { findOwnPart } from './strip.ts';

const DROP_IN = '/etc/containers/registries.conf.d/zz-registry-cache.conf';
const WRITTEN = `# Written by registry-cache; its next set-up replaces this file.

[[registry]]
location = "quay.io"
[[registry.mirror]]
location = "localhost:30026/quay.io"
`;
const OTHERS = '[[registry]]\nlocation = "own.example.com"\n';

it.each([
  ['lines at its end', `${WRITTEN}\n${OTHERS}`],
  ['another mirror', WRITTEN.replace('localhost:30026/quay.io', 'other.example.com')],
])('a drop-in of the set-up with %s has no part of the node', (_, current) => {
  const change = { original: undefined, written: WRITTEN };
  expect(findOwnPart(DROP_IN, current, change)).toBeUndefined();
});

it('a former file of that name comes back', () => {
  const change = { original: OTHERS, written: WRITTEN };
  expect(findOwnPart(DROP_IN, `${WRITTEN}\n`, change)).toBe(OTHERS);
});

it('a file that somebody has put in its place stays', () => {
  const change = { original: undefined, written: WRITTEN };
  expect(findOwnPart(DROP_IN, OTHERS, change)).toBe(OTHERS);
});
