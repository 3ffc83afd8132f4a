import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DIGEST_PATTERN,
  isDigest,
  isRepository,
  isTag,
  splitDigest,
  TAG_PATTERN,
} from './reference.ts';
import { parseRegistryPath, type RegistryPath } from './registry-path.ts';

fc.configureGlobal({ seed: 20_261 });

const digest = fc.stringMatching(new RegExp(`^${DIGEST_PATTERN}$`));
const tag = fc.stringMatching(new RegExp(`^${TAG_PATTERN}$`));
/** Words of the API are valid names too, and the most likely ones to be confused. */
const component = fc.oneof(
  fc.stringMatching(/^[a-z0-9]{1,4}([._-][a-z0-9]{1,4}){0,2}$/),
  fc.constantFrom('v2', 'manifests', 'blobs', 'tags', 'list', 'referrers'),
);
const repository = fc
  .array(component, { minLength: 1, maxLength: 4 })
  .map((components) => components.join('/'));

const registryPath: fc.Arbitrary<RegistryPath> = fc.oneof(
  fc.record({
    kind: fc.constant('manifest' as const),
    repository,
    reference: fc.oneof(tag, digest),
  }),
  fc.record({ kind: fc.constant('blob' as const), repository, digest }),
  fc.record({ kind: fc.constant('tags' as const), repository }),
  fc.record({ kind: fc.constant('referrers' as const), repository, digest }),
);

function formatPath(path: RegistryPath): string {
  const root = `/v2/${path.repository}`;
  switch (path.kind) {
    case 'manifest':
      return `${root}/manifests/${path.reference}`;
    case 'blob':
      return `${root}/blobs/${path.digest}`;
    case 'tags':
      return `${root}/tags/list`;
    case 'referrers':
      return `${root}/referrers/${path.digest}`;
  }
}

test('reads each path of a pull back into its parts', () => {
  fc.assert(
    fc.property(registryPath, (path) => {
      expect(parseRegistryPath(formatPath(path))).toEqual(path);
    }),
  );
});

/** A valid path with one character replaced, inserted or removed. */
const damagedPath = fc
  .tuple(
    registryPath,
    fc.nat(),
    fc.nat(1),
    fc.constantFrom('', '/', '.', '..', '%2f', 'A', ':', '\n'),
  )
  .map(([path, place, taken, put]) => {
    const text = formatPath(path);
    const at = place % text.length;
    return text.slice(0, at) + put + text.slice(at + taken);
  });

test('gives only parts of the grammar, whatever the text is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), damagedPath), (text) => {
      const path = parseRegistryPath(text);
      if (path === undefined) return;
      expect(formatPath(path)).toBe(text);
      expect(isRepository(path.repository)).toBe(true);
      if (path.kind === 'manifest') {
        expect(isTag(path.reference) || isDigest(path.reference)).toBe(true);
      }
      if ('digest' in path) expect(isDigest(path.digest)).toBe(true);
    }),
  );
});

test('a name, a tag or a digest never leads out of a folder', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), repository, tag, digest), (text) => {
      const parts = text.split('/');
      if (isRepository(text)) expect(parts.some((part) => /^\.*$/.test(part))).toBe(false);
      if (isTag(text)) expect(parts).toHaveLength(1);
      if (isTag(text)) expect(text.startsWith('.')).toBe(false);
      if (isDigest(text)) expect(parts).toHaveLength(1);
    }),
  );
});

test('a digest is its two parts with a colon between', () => {
  fc.assert(
    fc.property(digest, (text) => {
      const { algorithm, hex } = splitDigest(text);
      expect(`${algorithm}:${hex}`).toBe(text);
    }),
  );
});
