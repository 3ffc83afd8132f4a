import { expect, test } from 'vitest';
import { buildQuestion, parseAnswer } from './question.ts';

const answer = (body: unknown, status = 200) =>
  parseAnswer('scanner', status, Buffer.from(JSON.stringify(body)));

test('a reason is one printable line of bounded length', () => {
  expect(answer({ admit: false, reason: ' a\nb\u001b[31m ' })).toEqual({
    kind: 'no',
    reason: 'a\\u000ab\\u001b[31m',
  });
  expect(answer({ admit: false, reason: 'x'.repeat(9_000) }).reason).toHaveLength(500);
});

test('an answer without a reason names the scanner', () => {
  expect(answer({ admit: true })).toEqual({ kind: 'yes', reason: 'scanner admits it' });
  expect(answer({ admit: false, reason: 7 })).toEqual({
    kind: 'no',
    reason: 'scanner does not admit it',
  });
});

test.each([[{}], [{ admit: 1 }], [{ admit: 'yes' }], [[true]], [true], [null]])(
  '%j is no answer',
  (body) => expect(answer(body).kind).toBe('none'),
);

test('a yes with another status than 200 is no answer', () => {
  expect(answer({ admit: true }, 201).kind).toBe('none');
});

test('a question about an index lists its platforms, whatever else it says', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const entry = (platform: unknown) => ({ mediaType, digest, size: 5, platform });
  const manifests = [
    entry({ os: 'linux', architecture: 'arm64', variant: 'v8' }),
    entry({ os: 'linux', architecture: 'amd64' }),
    entry({ os: 7 }),
    entry(undefined),
    null,
  ];
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  expect(buildQuestion({ image: 'a/b', tag: undefined, digest, bytes })).toEqual({
    image: 'a/b',
    digest,
    mediaType,
    size: bytes.length,
    platforms: ['linux/arm64/v8', 'linux/amd64'],
    manifest: bytes.toString(),
  });
});
