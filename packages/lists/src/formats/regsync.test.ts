import { expect, it } from 'vitest';
import { issuesOf, namesOf, notesOf, read } from '../testing/read.ts';

/** As the documents of regsync have it, "Configuration File". */
const DOCUMENTED = `
version: 1
creds:
  - registry: docker.io
    user: "{{env \\"HUB_USER\\"}}"
    pass: "{{file \\"/var/run/secrets/hub_token\\"}}"
defaults:
  ratelimit: {min: 100, retry: 15m}
  parallel: 2
x-sched-a: &sched-a "15 01 * * *"
sync:
  - source: busybox:latest
    target: registry:5000/library/busybox:latest
    type: image
  - source: alpine
    target: registry:5000/library/alpine
    type: repository
    tags:
      allow: ["3", "3\\\\.\\\\d+", "latest|edge"]
      deny: ["3\\\\.0"]
    schedule: *sched-a
    platforms: [linux/amd64, linux/arm64]
`;

it('reads the documented file as regsync does', () => {
  const list = read(DOCUMENTED);
  const [image, repository] = list.entries;
  expect(image && namesOf(image)).toEqual(['busybox:latest']);
  expect(repository?.platforms).toEqual(['linux/amd64', 'linux/arm64']);
  const tags = ['3', '3.0', '3.14', '3.14.1', 'latest', 'edge', 'old-edge'];
  // The anchors bind to the ends of the alternatives, as in regsync.
  expect(repository && namesOf(repository, tags)).toEqual(
    ['3', '3.14', 'latest', 'edge', 'old-edge'].map((tag) => `alpine:${tag}`),
  );
  expect(notesOf(list)).toEqual([
    'creds has no use here',
    'defaults has no use here',
    'sync[0].target has no use here',
    'sync[1].schedule has no use here',
  ]);
});

it('takes ranges of versions before the expressions', () => {
  const tags = '{semverRange: [">=1.0.0 <2.0.0", ">=4.0.0"], deny: [".*-rc.*"]}';
  const [entry] = read(`sync: [{source: a.test/x, type: repository, tags: ${tags}}]`).entries;
  expect(
    entry && namesOf(entry, ['0.9', '1.2.3', 'v1.9', '2.0.0', '4.1', '4.2-rc1', 'main']),
  ).toEqual(['1.2.3', 'v1.9', '4.1'].map((tag) => `a.test/x:${tag}`));
});

it('takes the tags of all sets', () => {
  const sets = '[{allow: ["1.*"]}, {allow: ["2.*"], deny: ["2.1"]}]';
  const [entry] = read(`sync: [{source: a.test/x, type: repository, tagSets: ${sets}}]`).entries;
  expect(entry && namesOf(entry, ['1.0', '2.0', '2.1', '3.0'])).toEqual([
    'a.test/x:1.0',
    'a.test/x:2.0',
  ]);
  const [every] = read('sync: [{source: a.test/x, type: repository}]').entries;
  expect(every && namesOf(every, ['a', 'b'])).toEqual(['a.test/x:a', 'a.test/x:b']);
});

it('tells sources that are templates or whole registries', () => {
  const entries = '[{source: "{{env \\"X\\"}}/a", type: image}, {source: a.test, type: registry}';
  const list = read(`sync: ${entries}, {source: redis, type: image, platform: linux/arm64}]`);
  expect(notesOf(list)).toEqual([
    'sync[0].source is a template, not followed',
    'sync[1].type the repositories of a registry are not listed, not followed',
  ]);
  expect(list.entries.map(({ platforms }) => platforms)).toEqual([['linux/arm64']]);
});

it('names other types, and expressions and ranges without sense', () => {
  const tags = '{allow: ["("], semverRange: [newest]}';
  expect(
    issuesOf(`sync: [{source: a, type: folder}, {source: b, type: repository, tags: ${tags}}]`),
  ).toEqual([
    expect.stringContaining('list sync[0].type: found "folder"'),
    expect.stringContaining('list sync[1].tags.semverRange: found "newest"'),
    expect.stringContaining('list sync[1].tags.allow: found "("'),
  ]);
});
