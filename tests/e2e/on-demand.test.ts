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
import { readError } from './responses.ts';
import { openStage, type Stage } from './stage.ts';

/**
 * Addresses that count as public, because registries on demand need those. They are on a bridge
 * of the test's own, without a route to the outside.
 */
const SUBNET = '11.203.113.0/24';
const IMAGE: Bundle = makeImage({ seed: 'on demand' });
const LAYER = layersOf(IMAGE)[0]?.digest ?? '';
let stage: Stage;
let outside: RegistryProcess;
let appliance: Appliance;
/** `asked.test:PORT` and `asked.test_PORT`: all allowed names have this port. */
let port: number;

beforeAll(async () => {
  stage = await openStage({ subnet: SUBNET });
  const { gateway } = stage.network;
  const names = [
    'listed.test',
    'asked.test',
    'named.test',
    'mirrored.test',
    'inner.test',
    'forbidden.test',
  ];
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
        ON_DEMAND_REGISTRIES: `listed.test:${port} asked.test:${port} named.test:${port} m*.test:${port} inner.test:${port} 127.*:${port}`,
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

it('a list brings images of a registry that nobody has pulled from', async () => {
  const list = `listed.test:${port}/team/app:v1`;
  const script = `echo ${list} | registry-cache warm --json -`;
  const { exitCode, stdout, stderr } = await appliance.exec(['sh', '-c', script]);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({
    ...{ image: list, status: 'fetched', digest: IMAGE.top.digest },
  });
});

it('a registry is served from the first request with its ?ns= on', async () => {
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

it('podman pulls from a registry by a path, also while that registry is down', async () => {
  await using podman = await createPodmanClient({ ca: appliance.ca });
  const image = `${appliance.registry}/named.test_${port}/team/app:v1`;
  // A reference cannot contain the colon of a port, so a plain request comes first.
  await using client = appliance.client();
  const first = await client.get(`/v2/named.test:${port}/team/app/manifests/v1`);
  expect(first.status).toBe(200);
  expect(await podman.pull(image)).toMatchObject({ exitCode: 0 });
  await outside.stop();
  await podman.removeImages();
  expect(await podman.pull(image)).toMatchObject({ exitCode: 0 });
  await outside.start();
});

it('registries stay known after a restart, and are forgotten with their record', async () => {
  const record = join(appliance.storeDir, 'on-demand.json');
  const hosts = [`asked.test:${port}`, `listed.test:${port}`, `named.test:${port}`];
  expect((JSON.parse(await readFile(record, 'utf8')) as string[]).sort()).toEqual(hosts);
  await appliance.restart();
  await outside.stop();
  await using client = appliance.client();
  const kept = await client.get(`/v2/team/app/blobs/${LAYER}?ns=asked.test:${port}`);
  expect([kept.status, kept.headers['x-cache']]).toEqual([200, 'HIT']);
  await outside.start();
  await rm(record);
  // The other form of the name never makes a registry known by itself.
  await until('it is served no more', async () => {
    const answer = await client.get(`/v2/asked.test_${port}/team/app/manifests/v1`);
    return answer.status === 404;
  });
});

it('a registry that is not allowed is refused, and the error lists the allowed ones', async () => {
  await using client = appliance.client();
  for (const name of [`forbidden.test:${port}`, 'asked.test', `asked.test:${port + 1}`]) {
    const told = readError(await client.get(`/v2/team/app/manifests/v1?ns=${name}`));
    expect(told).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
    expect(told.message).toContain(`; on demand: listed.test:${port}, asked.test:${port}`);
  }
});

it.each(['inner.test', '127.0.0.1'])(
  '%s is never asked, because its address is internal',
  async (name) => {
    await using client = appliance.client();
    const told = readError(await client.get(`/v2/team/app/manifests/v1?ns=${name}:${port}`));
    expect(told.status).toBe(502);
    expect(told.message).toContain('is not an address that this upstream may lead to');
    const record = await readFile(join(appliance.storeDir, 'on-demand.json'), 'utf8').catch(
      () => '',
    );
    expect(record).not.toContain(name);
  },
);

it('a registry that cannot be reached is not recorded', async () => {
  await using client = appliance.client();
  const told = readError(await client.get(`/v2/team/app/manifests/v1?ns=missing.test:${port}`));
  expect(told.status).toBe(502);
  const record = await readFile(join(appliance.storeDir, 'on-demand.json'), 'utf8').catch(() => '');
  expect(record).not.toContain('missing');
});
