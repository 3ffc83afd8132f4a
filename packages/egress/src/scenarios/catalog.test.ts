import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  repositoryDir,
  revisionLinkDir,
  revisionsDir,
  tagCurrentLink,
} from '@registry-cache/domain';
import { expect, test } from 'vitest';
import type { ListRights } from '../cache/contract/list-rights.ts';
import { type EgressFixture, startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const NOBODY = 'http://127.0.0.1:1';
const UPSTREAMS = [
  upstreamAt(NOBODY, { id: 'docker.io', key: 'docker.io' }),
  upstreamAt(NOBODY, { id: 'quay.io', key: 'quay.io' }),
  upstreamAt(NOBODY, { id: 'quay.io-team-0', key: 'quay.io/team' }),
];

async function store({ dir }: EgressFixture, upstreamId: string, ...repositories: string[]) {
  for (const repository of repositories) {
    const place = revisionLinkDir(
      repositoryDir(join(dir, 'store'), upstreamId, repository),
      DIGEST,
    );
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'link'), DIGEST);
  }
}

async function storeTag(
  { dir }: EgressFixture,
  upstreamId: string,
  repository: string,
  tag: string,
) {
  const link = tagCurrentLink(repositoryDir(join(dir, 'store'), upstreamId, repository), tag);
  await mkdir(dirname(link), { recursive: true });
  await writeFile(link, DIGEST);
}

async function startStored(listRights?: ListRights) {
  const deps = { listRights: () => listRights };
  const egress = await startFixture('', { deps, options: { upstreams: UPSTREAMS } });
  await store(egress, 'docker.io', 'library/redis', 'library/redis/inner', 'library/mariadb');
  await store(egress, 'quay.io', 'podman/hello');
  await store(egress, 'quay.io-team-0', 'team/app', 'podman/hello');
  return egress;
}

async function list(
  egress: EgressFixture,
  query = '',
  headers: Record<string, string> = {},
  method = 'GET',
) {
  const path = `/v2/_catalog${query}`;
  const got = await egress.ask(path, { over: 'socket', id: 'catalog', headers, method });
  const content = got.body === '' ? {} : JSON.parse(got.body);
  return {
    ...got,
    names: content.repositories,
    error: content.errors?.[0],
    link: got.headers.link,
  };
}

const ALL = [
  'docker.io/library/mariadb',
  'docker.io/library/redis',
  'docker.io/library/redis/inner',
  'quay.io/podman/hello',
  'quay.io/team/app',
];

test('the catalog lists the images that are here, of all upstreams', async () => {
  await using egress = await startStored();
  const all = await list(egress);
  expect(all).toMatchObject({ status: 200, names: ALL, link: undefined });
  expect(all.headers['content-type']).toBe('application/json');
  const head = await list(egress, '', {}, 'HEAD');
  expect([head.status, head.headers['content-length']]).toEqual([200, String(all.body.length)]);
});

test('a repository without a manifest is not listed', async () => {
  await using egress = await startStored();
  const root = join(egress.dir, 'store');
  await rm(revisionsDir(repositoryDir(root, 'docker.io', 'library/redis')), { recursive: true });
  await rm(revisionLinkDir(repositoryDir(root, 'quay.io-team-0', 'team/app'), DIGEST), {
    recursive: true,
  });
  await store(egress, 'docker.io', 'Not-a-name');
  expect((await list(egress)).names).toEqual([
    'docker.io/library/mariadb',
    'docker.io/library/redis/inner',
    'quay.io/podman/hello',
  ]);
});

test('a store without images has an empty catalog', async () => {
  await using egress = await startFixture('', { options: { upstreams: UPSTREAMS } });
  expect((await list(egress)).body).toBe('{"repositories":[]}');
});

test('the catalog has pages', async () => {
  await using egress = await startStored();
  const first = await list(egress, '?n=2');
  expect(first.names).toEqual(ALL.slice(0, 2));
  expect(first.link).toBe('</v2/_catalog?n=2&last=docker.io%2Flibrary%2Fredis>; rel="next"');
  const second = await list(egress, '?n=3&last=docker.io%2Flibrary%2Fredis');
  expect(second).toMatchObject({ names: ALL.slice(2), link: undefined });
  expect((await list(egress, '?n=0')).names).toEqual([]);
  expect(await list(egress, '?n=-1')).toMatchObject({
    status: 400,
    error: { message: 'n of a list must be a number of at most 9 digits' },
  });
});

test('the catalog of one registry has its repositories, by their own names', async () => {
  await using egress = await startStored();
  const quay = await list(egress, '?n=1', { 'x-registry': 'quay.io' });
  expect(quay.names).toEqual(['podman/hello']);
  expect(quay.link).toBe('</v2/_catalog?n=1&last=podman%2Fhello>; rel="next"');
  expect(await list(egress, '', { 'x-registry': 'ghcr.io' })).toMatchObject({
    status: 404,
    error: { code: 'NAME_UNKNOWN' },
  });
});

test('an image of which only tags may be pulled is listed where one of them is here', async () => {
  await using egress = await startStored({
    mayPullAll: () => false,
    mayBePushed: () => false,
    mayPullSome: (_, image) => !image.startsWith('docker.io/'),
    mayPullTag: (_, image, tag) => tag === 'v1' && image.startsWith('quay.io/'),
  });
  await storeTag(egress, 'docker.io', 'library/redis', 'v1');
  await storeTag(egress, 'quay.io', 'podman/hello', 'v2');
  await storeTag(egress, 'quay.io-team-0', 'team/app', 'v1');
  const caller = JSON.stringify({ user: 'ann', groups: [], address: '::1' });
  const headers = { 'x-caller': Buffer.from(caller).toString('base64url') };
  expect((await list(egress, '', headers)).names).toEqual(['quay.io/team/app']);
});

test('each client sees the images that it may pull', async () => {
  const mayPullAll: ListRights['mayPullAll'] = ({ user }, image) =>
    user === 'ann' || image.startsWith('docker.io/library/r') || image === 'quay.io/team/app';
  await using egress = await startStored({
    mayPullAll,
    mayBePushed: () => false,
    mayPullSome: () => true,
    mayPullTag: () => true,
  });
  const as = (user: string) => ({
    'x-caller': Buffer.from(JSON.stringify({ user, groups: [], address: '::1' })).toString(
      'base64url',
    ),
  });
  expect((await list(egress, '', as('ann'))).names).toEqual(ALL);
  const page = await list(egress, '?n=2', as('bob'));
  expect(page.names).toEqual(['docker.io/library/redis', 'docker.io/library/redis/inner']);
  expect(page.link).toContain('last=docker.io%2Flibrary%2Fredis%2Finner');
  expect((await list(egress, '?n=3', as('bob'))).link).toBeUndefined();
  const named = await list(egress, '', { ...as('bob'), 'x-registry': 'quay.io' });
  expect(named.names).toEqual(['team/app']);
  expect((await list(egress, '', { 'x-caller': 'bob' })).status).toBe(400);
  // While rules are in force, a request that names no caller sees nothing.
  expect((await list(egress)).names).toEqual([]);
});

test('the catalog needs the boot secret, asks no upstream and is read only', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, '{}'));
  await using egress = await startFixture(origin.url);
  const strange = await list(egress, '', { authorization: 'Basic Zm9vOmJhcg==' });
  expect(strange).toMatchObject({ status: 401, error: { code: 'UNAUTHORIZED' } });
  expect((await list(egress)).status).toBe(200);
  expect((await list(egress, '', {}, 'DELETE')).status).toBe(405);
  expect(origin.seen).toEqual([]);
});
