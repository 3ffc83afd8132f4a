import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readPushed } from './read-pushed.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`;
const part = (letter: string, size = 10) => ({ digest: digestOf(letter), size });
const toBytes = (content: object) => Buffer.from(JSON.stringify({ schemaVersion: 2, ...content }));
const read = (content: object, said?: string) => readPushed(toBytes(content), said);

describe('readPushed', () => {
  it('finds the blobs of an image and the digest of its bytes', () => {
    const content = { mediaType: MANIFEST, config: part('a'), layers: [part('b'), part('c')] };
    const { digest, parts, subject } = read(content, MANIFEST);
    const hex = createHash('sha256').update(toBytes(content)).digest('hex');
    expect(digest).toBe(`sha256:${hex}`);
    expect(parts.blobs.map((blob) => blob.digest)).toEqual(['a', 'b', 'c'].map(digestOf));
    expect(parts.manifests).toEqual([]);
    expect(subject).toBeUndefined();
  });

  it('finds the images of an index, also of an empty one', () => {
    const { parts } = read({ mediaType: INDEX, manifests: [part('a'), part('b')] }, INDEX);
    expect(parts.manifests.map(({ digest }) => digest)).toEqual(['a', 'b'].map(digestOf));
    expect(parts.blobs).toEqual([]);
    expect(read({ mediaType: INDEX, manifests: [] }).parts.manifests).toEqual([]);
  });

  it('finds the manifest that it refers to, and layers that other places have', () => {
    const foreign = { ...part('b'), urls: ['https://example.com/layer'] };
    const content = { mediaType: MANIFEST, config: part('a'), layers: [foreign, part('c')] };
    const { parts, subject } = read({ ...content, subject: part('d') });
    expect(subject).toBe(digestOf('d'));
    expect([...parts.elsewhere]).toEqual([digestOf('b')]);
  });

  it('takes a type with parameters, and none at all', () => {
    const content = { mediaType: MANIFEST, config: part('a'), layers: [] };
    for (const said of [undefined, `${MANIFEST}; charset=utf-8`]) {
      expect(read(content, said).parts.blobs).toHaveLength(1);
    }
  });

  it.each([
    ['no JSON', Buffer.from('image'), undefined, /not a manifest of one of these types/],
    ['schema 1', Buffer.from('{"schemaVersion":1}'), undefined, /not a manifest/],
    ['an unknown type', toBytes({ mediaType: 'text/plain' }), undefined, /not a manifest/],
    [
      'another type than is said',
      toBytes({ mediaType: MANIFEST, config: part('a'), layers: [] }),
      INDEX,
      /Content-Type is .*index.*, the manifest's own type is .*manifest/,
    ],
    ['no config', toBytes({ mediaType: MANIFEST, layers: [part('a')] }), undefined, /each of its/],
    ['an index without a list', toBytes({ mediaType: INDEX }), undefined, /each of its parts/],
    [
      'a layer without a size',
      toBytes({ mediaType: MANIFEST, config: part('a'), layers: [{ digest: digestOf('b') }] }),
      undefined,
      /each of its parts needs a digest and a size/,
    ],
    [
      'a layer of a negative size',
      toBytes({ mediaType: MANIFEST, config: part('a'), layers: [part('b', -1)] }),
      undefined,
      /each of its parts/,
    ],
    [
      'a layer whose digest is a path',
      toBytes({
        mediaType: MANIFEST,
        config: part('a'),
        layers: [{ digest: 'sha256:../../x', size: 1 }],
      }),
      undefined,
      /each of its parts/,
    ],
  ])('refuses %s by 400', (_name, bytes, said, message) => {
    const error = expect.objectContaining({
      status: 400,
      ociCode: 'MANIFEST_INVALID',
      message: expect.stringMatching(message),
    });
    expect(() => readPushed(bytes, said)).toThrow(error);
  });
});
