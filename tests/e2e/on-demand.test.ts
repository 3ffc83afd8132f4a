import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type Bundle,
  createCertificateAuthority,
  createPodmanClient,
  layersOf,
  makeImage,
  pushBundle,
  type RegistryProcess,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toldError } from './answers.ts';
import { openStage, type Stage } from './stage.ts';

/**
 * Addresses that count as public, since on-demand registries may have no others; on a bridge of
 * the test's own, from which nothing leads on.
 */
const SUBNET = '11.203.113.0/24';
const IMAGE: Bundle = makeImage({ seed: 'on demand' });
const LAYER = layersOf(IMAGE)[0]?.digest ?? '';
let stage: Stage;
let outside: RegistryProcess;
let appliance: Appliance;
/** `asked.test:PORT` and `asked.test_PORT`: no name that is allowed here has another port. */
let port: number;

beforeAll(async () => {
  stage = await openStage({ subnet: SUBNET });
  const { gateway } = stage.network;
  const names = ['asked.test', 'named.test', 'mirrored.test', 'inner.test', 'forbidden.test'];
  const authority = await createCertificateAuthority();
  outside = await stage.upstream({ tls: await authority.issue({ names: [...names, gateway] }) });
  port = outside.port;
  const target = { ...outside, ca: authority.certificatePem };
  for (const repository of ['team/app', 'team/more']) {
    await pushBundle(target, repository, 'v1', IMAGE);
  }
  const declared = await stage.upstream();
  appliance = await stage.appliance(
    { 'quay.test': declared },
    {
      env: {
        ON_DEMAND_REGISTRIES: `asked.test:${port} named.test:${port} m*.test:${port} inner.test:${port} 127.*:${port}`,
      },
      upstreamCa: authority.certificatePem,
      hosts: {
        ...Object.fromEntries(names.map((name) => [name, gateway])),
        'inner.test': '10.255.255.1',
      },
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

it('serves a registry once ?ns= asks for it, to the request that asked', async () => {
  await using client = appliance.client();
  const ask = () => client.get(`/v2/team/app/blobs/${LAYER}?ns=asked.test:${port}`);
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(answers[0]?.body.equals(layersOf(IMAGE)[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
  expect((await ask()).headers['x-cache']).toBe('HIT');
  const logged = await until('they are logged', async () => {
    const lines = (await appliance.accessLog()).filter(({ kind }) => kind === 'blob');
    return lines.length === 4 && lines;
  });
  expect(new Set(logged.map(({ upstream, status }) => `${upstream} ${status}`))).toEqual(
    new Set([`asked.test_${port} 200`]),
  );
});

it('serves a registry by a path for podman, also while it is down', async () => {
  await using podman = await createPodmanClient({ ca: appliance.ca });
  const image = `${appliance.registry}/named.test_${port}/team/app:v1`;
  // A reference cannot hold the colon of a port; the plain form makes it known.
  await using client = appliance.client();
  const first = await client.get(`/v2/named.test:${port}/team/app/manifests/v1`);
  expect(first.status).toBe(200);
  expect(await podman.pull(image)).toMatchObject({ exitCode: 0 });
  await outside.stop();
  await podman.removeImages();
  expect(await podman.pull(image)).toMatchObject({ exitCode: 0 });
  await outside.start();
});

it('knows them after a restart, and forgets them with their record', async () => {
  const record = join(appliance.storeDir, 'on-demand.json');
  const hosts = [`asked.test:${port}`, `named.test:${port}`];
  expect((JSON.parse(await readFile(record, 'utf8')) as string[]).sort()).toEqual(hosts);
  await appliance.restart();
  await outside.stop();
  await using client = appliance.client();
  const kept = await client.get(`/v2/team/app/blobs/${LAYER}?ns=asked.test:${port}`);
  expect([kept.status, kept.headers['x-cache']]).toEqual([200, 'HIT']);
  await outside.start();
  await rm(record);
  // A name in another form is served where the registry is, and asks for none.
  await until('it is served no more', async () => {
    const answer = await client.get(`/v2/asked.test_${port}/team/app/manifests/v1`);
    return answer.status === 404;
  });
});

it('refuses what is not allowed, and says what is', async () => {
  await using client = appliance.client();
  for (const name of [`forbidden.test:${port}`, 'asked.test', `asked.test:${port + 1}`]) {
    const told = toldError(await client.get(`/v2/team/app/manifests/v1?ns=${name}`));
    expect(told).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
    expect(told.message).toContain(`; on demand: asked.test:${port}`);
  }
});

it.each(['inner.test', '127.0.0.1'])(
  'never asks %s, which is at an inner address',
  async (name) => {
    await using client = appliance.client();
    const told = toldError(await client.get(`/v2/team/app/manifests/v1?ns=${name}:${port}`));
    expect(told.status).toBe(502);
    expect(told.message).toContain('is not an address that this upstream may lead to');
    const record = await readFile(join(appliance.storeDir, 'on-demand.json'), 'utf8').catch(
      () => '',
    );
    expect(record).not.toContain(name);
  },
);

it('records nothing that is not there', async () => {
  await using client = appliance.client();
  const told = toldError(await client.get(`/v2/team/app/manifests/v1?ns=missing.test:${port}`));
  expect(told.status).toBe(502);
  const record = await readFile(join(appliance.storeDir, 'on-demand.json'), 'utf8').catch(() => '');
  expect(record).not.toContain('missing');
});
