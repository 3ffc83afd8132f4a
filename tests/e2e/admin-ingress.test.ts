import { once } from 'node:events';
import { connect } from 'node:tls';
import type { AuditRecord } from '@registry-cache/domain';
import {
  type Appliance,
  basicAuthorization,
  createHttpClient,
  type HttpClient,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findAddress } from './guesser.ts';
import { describeUpstreams, openStage, type Stage } from './stage.ts';

const PORT = 8445;
/** Addresses of clients behind the ingress. */
const GUESSER = '203.0.113.5';
const OPERATOR = '203.0.113.6';
let stage: Stage;
let appliance: Appliance;
let address: string;
/** It speaks for an ingress, since the cache trusts the address of this machine. */
let client: HttpClient;

beforeAll(async () => {
  stage = await openStage();
  const upstreams = { 'reg.test': await stage.upstream() };
  const described = JSON.parse(describeUpstreams(upstreams).policyYaml);
  appliance = await stage.appliance(upstreams, {
    passwords: { ann: 'pass of ann' },
    policyYaml: JSON.stringify({ ...described, access: { admin: ['ann'] } }),
    env: { ADMIN_LISTEN: `:${PORT}`, TRUSTED_PROXIES: stage.network.gateway },
  });
  address = await findAddress(appliance.id, stage.network);
  const url = `https://${address}:${PORT}`;
  client = stage.use(createHttpClient({ url, ca: appliance.ca, pinned: true }));
});

afterAll(() => stage[Symbol.asyncDispose]());

const loginOf = (password: string) => basicAuthorization({ username: 'ann', password });

async function ask(from: string, password: string): Promise<number> {
  const headers = { authorization: loginOf(password), 'x-forwarded-for': from };
  return (await client.get('/api/v1/status', { headers })).status;
}

async function readFailedLogins(): Promise<(string | undefined)[]> {
  const { stdout } = await appliance.exec(['registry-cache', 'logs', '--audit', '--json']);
  const lines = stdout.split('\n').filter((line) => line !== '');
  const records = lines.map((line) => JSON.parse(line) as AuditRecord);
  return records.filter(({ event }) => event === 'login-failed').map(({ from }) => from);
}

it('one who guesses behind an ingress keeps nobody else there from the first login', async () => {
  const guesses = Array.from({ length: 40 }, (_, index) => ask(GUESSER, `wrong ${index}`));
  const statuses = await Promise.all(guesses);
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  const more = Array.from({ length: 20 }, (_, index) => ask(GUESSER, `also wrong ${index}`));
  expect(await ask(OPERATOR, 'pass of ann')).toBe(200);
  await Promise.all(more);
  expect(await readFailedLogins()).toContain(GUESSER);
});

it('what a client claims that is no ingress counts for nothing', async () => {
  const script = `
    const { request } = require('node:https');
    const headers = ${JSON.stringify({ authorization: loginOf('a lie'), 'x-forwarded-for': OPERATOR })};
    const options = { host: '127.0.0.1', port: ${PORT}, path: '/api/v1/status', headers };
    request({ ...options, rejectUnauthorized: false }, (answer) => {
      console.log(answer.statusCode);
      answer.resume();
    }).end();`;
  const { stdout } = await appliance.exec(['node', '-e', script]);
  expect(stdout.trim()).toBe('401');
  const failed = await readFailedLogins();
  expect(failed).toContain('127.0.0.1');
  expect(failed).not.toContain(OPERATOR);
});

it('a stranger that announces a bundle and sends none is let go', { timeout: 90_000 }, async () => {
  const { gateway } = stage.network;
  const socket = connect({
    ...{ host: address, port: PORT, ca: appliance.ca, ALPNProtocols: ['http/1.1'] },
    checkServerIdentity: () => undefined,
  });
  let answer = '';
  let isClosed = false;
  socket.on('data', (piece) => {
    answer += piece.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    isClosed = true;
  });
  await once(socket, 'secureConnect');
  const head = ['POST /api/v1/import HTTP/1.1', `Host: ${gateway}`, 'Content-Length: 1000000'];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  // The worker gives up after half a minute. Those who have the right may be silent for five.
  await until('the connection ends', () => isClosed, { timeoutMs: 60_000 });
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
});
