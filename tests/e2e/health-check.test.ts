import { type Appliance, runOrThrow, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { IMAGE, killProgram, signalInit } from './inside.ts';
import { describeUpstreams, openStage, type Stage } from './stage.ts';

const HEALTHY = '/usr/lib/registry-cache/supervisor/healthy';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage[Symbol.asyncDispose]());

const ask = async ({ exec }: Appliance, ...args: string[]) => {
  const { exitCode, stdout } = await exec([HEALTHY, ...args]);
  return [exitCode, stdout];
};

it('the image has a health check', async () => {
  const format = '{{json .Config.Healthcheck.Test}}';
  const found = await runOrThrow('podman', ['image', 'inspect', '--format', format, IMAGE]);
  expect(JSON.parse(found)).toEqual(['CMD', HEALTHY]);
});

it.each([
  ['where it listens by default', undefined],
  ['on every address', ':9191'],
  ['on every address, by a star', '*:9191'],
  ['on another address', '127.0.0.2:9191'],
])('the health check succeeds while the appliance serves: %s', async (_where, listen) => {
  const env = listen === undefined ? {} : { HEALTH_LISTEN: listen };
  const appliance = await stage.appliance({ 'reg.test': { url: 'http://127.0.0.1:9' } }, { env });
  await until('it is ready', async () => (await ask(appliance))[0] === 0);
  expect(await ask(appliance)).toEqual([0, 'HTTP/1.1 200 OK']);
  expect(await ask(appliance, '/healthz')).toEqual([0, 'HTTP/1.1 200 OK']);
  expect((await ask(appliance, '/none'))[0]).toBe(1);
  await appliance.remove();
});

it('the health check fails while the edge or egress is away', async () => {
  const appliance = await stage.appliance({ 'reg.test': { url: 'http://127.0.0.1:9' } });
  await until('it is ready', async () => (await ask(appliance))[0] === 0);
  // supervisord is stopped, so that it starts no program again.
  await signalInit(appliance, 'STOP');
  await killProgram(appliance, 'egress');
  await until('egress is missed', async () => (await ask(appliance))[0] === 1);
  expect(await ask(appliance, '/healthz')).toEqual([0, 'HTTP/1.1 200 OK']);
  // The edge's master process ends with its worker.
  await killProgram(appliance, 'haproxy-worker');
  await until('the edge is missed', async () => (await ask(appliance, '/healthz'))[0] === 1);
  await signalInit(appliance, 'CONT');
  await until('it is ready again', async () => (await ask(appliance))[0] === 0);
});

it('the health check fails while rules are in force and cannot be asked about', async () => {
  const upstreams = { 'reg.test': { url: 'http://127.0.0.1:9' } };
  const policy = JSON.parse(describeUpstreams(upstreams).policyYaml);
  const policyYaml = JSON.stringify({ ...policy, access: { default: ['pull'] } });
  const appliance = await stage.appliance(upstreams, { policyYaml });
  await until('it is ready', async () => (await ask(appliance))[0] === 0);
  await signalInit(appliance, 'STOP');
  await killProgram(appliance, 'auth');
  await until('the auth worker is missed', async () => (await ask(appliance))[0] === 1);
  expect(await ask(appliance, '/healthz')).toEqual([0, 'HTTP/1.1 200 OK']);
  await signalInit(appliance, 'CONT');
  await until('it is ready again', async () => (await ask(appliance))[0] === 0);
  await appliance.remove();
});
