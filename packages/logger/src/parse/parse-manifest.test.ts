import { expect, test } from 'vitest';
import { parseManifestChildren } from './parse-manifest.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const C = `sha512:${'c'.repeat(128)}`;

test('names config and layers', () => {
  const manifest = { config: { digest: A }, layers: [{ digest: B }, { digest: C }] };
  expect(parseManifestChildren(JSON.stringify(manifest))).toEqual([A, B, C]);
});

test('names nothing for an index, because platforms without pulls must age', () => {
  expect(parseManifestChildren(JSON.stringify({ manifests: [{ digest: A }] }))).toEqual([]);
});

test.each([
  ['not JSON'],
  ['null'],
  ['[]'],
  ['{"layers": {}}'],
  ['{"config": null, "layers": [null, 1, {"digest": 1}, {"digest": "../../x"}]}'],
])('names nothing for %j', (text) => {
  expect(parseManifestChildren(text)).toEqual([]);
});
