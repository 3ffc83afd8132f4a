import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { makeTemporaryFolder } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';
import { askThrough, openTunnel, type ProxyAppliance, startProxy } from './through-proxy.ts';

/** A short timer of the edge instead of minutes. */
const TIMERS = '2s';
const PIECES = 14;
const PAUSE_MS = 500;
let stage: Stage;
let proxy: ProxyAppliance;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  const folder = await makeTemporaryFolder('templates');
  stage.use({ [Symbol.asyncDispose]: () => folder.remove() });
  await cp(resolve(import.meta.dirname, '../../templates'), folder.path, { recursive: true });
  for (const name of ['haproxy.cfg.hbs', 'haproxy-connect.partial.hbs']) {
    const file = join(folder.path, name);
    const shortened = (await readFile(file, 'utf8')).replace(
      /^( +timeout (?:client|server|http-request|http-keep-alive)) \S+$/gm,
      `$1 ${TIMERS}`,
    );
    expect(shortened).toContain(`timeout server ${TIMERS}`);
    await writeFile(file, shortened);
  }
  proxy = await startProxy(
    stage,
    { 'reg.test': upstream },
    {
      env: { ALLOW_PUSH: 'true' },
      extraMounts: [`${folder.path}:/usr/share/registry-cache/templates:ro`],
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

it('a push that takes longer than all timers of the edge arrives complete', async () => {
  const ca = await proxy.ca();
  const started = await askThrough(proxy, 'reg.test:443', '/v2/new/app/blobs/uploads/', {
    ca,
    method: 'POST',
    headers: { 'content-length': '0' },
  });
  const upload = new URL(started.headers.location ?? '', 'https://reg.test');
  const { socket } = await openTunnel(proxy, 'reg.test:443');
  const secure = connect({ socket, ca, servername: 'reg.test' });
  await once(secure, 'secureConnect');
  const patch = request({
    createConnection: () => secure,
    method: 'PATCH',
    path: upload.pathname + upload.search,
    headers: { host: 'reg.test', 'content-type': 'application/octet-stream' },
  });
  const answered = once(patch, 'response');
  answered.catch(() => {});
  for (let piece = 0; piece < PIECES; piece += 1) {
    patch.write('x'.repeat(1000));
    await sleep(PAUSE_MS);
  }
  patch.end();
  const [response] = await answered;
  expect([response.statusCode, await text(response)]).toEqual([202, '']);
  expect(response.headers.range).toBe(`0-${PIECES * 1000 - 1}`);
});
