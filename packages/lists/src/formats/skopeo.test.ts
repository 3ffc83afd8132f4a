import { expect, it } from 'vitest';
import { issuesOf, namesOf, notesOf, read } from '../testing/read.ts';

const DIGEST = 'sha256:0000000000000000000000000000000011111111111111111111111111111111';
/** skopeo-sync(1), "YAML file content". */
const DOCUMENTED = `
registry.example.com:
    images:
        busybox: []
        redis:
            - "1.0"
            - "2.0"
            - "${DIGEST}"
    images-by-tag-regex:
        nginx: ^1\\.13\\.[12]-alpine-perl$
    images-by-semver:
        alpine: ">= 3.12.0"
    credentials:
        username: john
        password: this is a secret
    tls-verify: true
    cert-dir: /home/john/certs
quay.io:
    tls-verify: false
    images:
        coreos/etcd:
            - latest
`;
const TAGS = [
  '1.13.1-alpine-perl',
  '1.13.2-alpine-perl',
  '1.13.3-alpine-perl',
  'latest',
  '3.11.9',
].concat(['3.12', '3.12.0', 'v4.0.0', '4.1.0-rc1', '3.12.0-alpine', 'x1.13.1-alpine-perl']);

it('reads the documented file as skopeo does', () => {
  const list = read(DOCUMENTED);
  expect(list.entries.flatMap((entry) => namesOf(entry, TAGS).join(' '))).toEqual([
    TAGS.map((tag) => `registry.example.com/busybox:${tag}`).join(' '),
    'registry.example.com/redis:1.0',
    'registry.example.com/redis:2.0',
    `registry.example.com/redis@${DIGEST}`,
    'registry.example.com/nginx:1.13.1-alpine-perl registry.example.com/nginx:1.13.2-alpine-perl',
    ['3.12', '3.12.0', 'v4.0.0'].map((tag) => `registry.example.com/alpine:${tag}`).join(' '),
    'quay.io/coreos/etcd:latest',
  ]);
  expect(notesOf(list)).toEqual([
    'registry.example.com.credentials has no use here',
    'registry.example.com.tls-verify has no use here',
    'registry.example.com.cert-dir has no use here',
  ]);
});

it('matches an expression anywhere in a tag', () => {
  const [entry] = read('a.test: {images-by-tag-regex: {x: "1\\\\.1"}}').entries;
  expect(entry && namesOf(entry, ['1.1', 'v1.10', '111'])).toEqual([
    'a.test/x:1.1',
    'a.test/x:v1.10',
  ]);
});

it('takes several ranges as alternatives', () => {
  const [entry] = read('a.test: {images-by-semver: {x: ["3.12 - 3.13", ">= 3.17"]}}').entries;
  expect(entry && namesOf(entry, ['3.11', '3.12', '3.13.9', '3.16', '3.17'])).toEqual(
    ['3.12', '3.13.9', '3.17'].map((tag) => `a.test/x:${tag}`),
  );
});

it('makes a list of an entry alone that names the same tags', () => {
  const entries = read(DOCUMENTED).entries.filter((entry) => 'source' in entry);
  expect(entries).toHaveLength(3);
  for (const entry of entries) {
    const again = read(JSON.stringify(entry.source)).entries;
    expect(again.flatMap((one) => namesOf(one, TAGS))).toEqual(namesOf(entry, TAGS));
  }
});

it('names expressions and ranges that Go refuses', () => {
  const text = 'a.test: {images-by-tag-regex: {x: "(?=a)"}, images-by-semver: {y: newest}}';
  expect(issuesOf(text)).toEqual([
    expect.stringContaining('list a.test.images-by-tag-regex.x: found "(?=a)"'),
    expect.stringContaining('list a.test.images-by-semver.y: found "newest"'),
  ]);
});

it('answers for an expression that would hang a backtracking matcher', () => {
  const [entry] = read('a.test: {images-by-tag-regex: {x: "^(a+)+$"}}').entries;
  const startMs = performance.now();
  expect(entry && namesOf(entry, [`${'a'.repeat(127)}b`])).toEqual([]);
  expect(performance.now() - startMs).toBeLessThan(1_000);
});
