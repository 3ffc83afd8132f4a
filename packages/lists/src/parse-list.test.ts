import { expect, it } from 'vitest';
import { issuesOf, namesOf, notesOf, read } from './testing/read.ts';

const names = (text: string) => read(text).entries.flatMap((entry) => namesOf(entry));

it('reads one reference a line, and leaves comments out', () => {
  const list = read(
    `# images\nredis:7\n\n  quay.io/a/b@sha256:${'a'.repeat(64)} # why\r\nx.test:5000/y\n`,
  );
  expect(list.formats).toEqual(['plain']);
  expect(list.entries.map(({ path }) => path)).toEqual(['line 2', 'line 4', 'line 5']);
  expect(list.entries.flatMap((one) => namesOf(one))).toEqual([
    'redis:7',
    `quay.io/a/b@sha256:${'a'.repeat(64)}`,
    'x.test:5000/y',
  ]);
});

it('tells the format of each document by itself, and reads them all', () => {
  const list = read(
    [
      'quay.io: {images: {coreos/etcd: [v3]}}',
      'sync: [{source: "redis:7", type: image}]',
      'apiVersion: content.hauler.cattle.io/v1\nkind: Images\nspec: {images: [{name: busybox}]}',
      'kind: ImageSetConfiguration\nmirror: {additionalImages: [{name: quay.io/a/b}]}',
      'kind: Pod\nspec: {containers: [{image: "nginx:1.10"}]}',
    ].join('\n---\n'),
  );
  expect(list.formats).toEqual(['skopeo', 'regsync', 'hauler', 'oc-mirror', 'yaml']);
  expect(list.entries.flatMap((one) => namesOf(one))).toEqual([
    'quay.io/coreos/etcd:v3',
    'redis:7',
    'busybox',
    'quay.io/a/b',
    'nginx:1.10',
  ]);
});

it('takes a tag as it is written, not as a number', () => {
  expect(names('docker.io:\n  images:\n    redis: [1.10, 7.0]\n')).toEqual([
    'docker.io/redis:1.10',
    'docker.io/redis:7.0',
  ]);
});

it('reads YAML merge keys and aliases', () => {
  const text = 'x-all: &all {type: image}\nsync:\n  - {<<: *all, source: redis}\n';
  expect(names(text)).toEqual(['redis']);
});

it('tells a key once, however often it stands there', () => {
  const registry = '{images: {a: [x]}, credentials: {password: secret}, odd: 1}';
  expect(notesOf(read(`a.test: ${registry}\nb.test: ${registry}\n`))).toEqual([
    'a.test.credentials has no use here',
    'a.test.odd unknown key, not followed',
  ]);
});

it('refuses a list without an image, and says what it holds', () => {
  expect(issuesOf('')).toEqual([
    expect.stringContaining('list: found no image; accepted: a plain'),
  ]);
  expect(issuesOf('kind: Service\nspec: {}\n')).toHaveLength(1);
  expect(issuesOf('sync: [{source: a.test, type: registry}]')).toEqual([
    expect.stringContaining('no image; sync[0].type the repositories of a registry are not listed'),
  ]);
});

it('refuses text that is neither a list nor YAML, and aliases without bound', () => {
  expect(issuesOf('redis 7\nnginx\n')).toHaveLength(1);
  expect(issuesOf('a: [1\nb: 2\n')).toHaveLength(1);
  const levels = Array.from({ length: 9 }, (_, index) => {
    return `x${index + 1}: &x${index + 1} [${Array(9).fill(`*x${index}`).join(', ')}]`;
  });
  expect(issuesOf(['x0: &x0 [{image: a}]', ...levels].join('\n'))).toHaveLength(1);
});

it('never shows the value of a credential', () => {
  const text = 'a.test:\n  images: {a: {b: c}}\n  credentials: {password: hunter2}\n';
  expect(issuesOf(text).join()).toContain('a.test.images.a');
  expect(issuesOf(text).join()).not.toContain('hunter2');
});
