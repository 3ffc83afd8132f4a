import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest, type RequestOptions, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { compileAccess } from '@registry-cache/access';
import { Secret } from '@registry-cache/domain';
import { createLogger } from '@registry-cache/runtime';
import { compare, hashSync } from 'bcryptjs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createIdentifier } from './credentials/identify.ts';
import { createVerifier, type Verifier } from './credentials/verifier.ts';
import { createFindGuest } from './guests/find-guest.ts';
import { createGuestTokens } from './guests/guest-tokens.ts';
import { QueueFullError, SourceLimitedError } from './limits/queue-errors.ts';
import { createAuthReport } from './report/report.ts';
import { createAuthServer } from './server.ts';
import { createTokenIssuer } from './tokens/issuer.ts';
import { createTokenReader } from './tokens/token-reader.ts';

const OPEN_RULES = {
  access: compileAccess(undefined),
  asked: undefined,
  registries: new Map(),
  groups: new Set<string>(),
  hosted: new Set<string>(),
  nameImage: (name: string) => name,
};
const log = createLogger('auth', 'fatal');
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const KEY = new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const PASSWORD_FORM = 'grant_type=password&username=ann&password=secret';

let directory: string;
let socketPath: string;
let server: Server;
let verifier: Verifier;
let asksRegistries = false;
/** The passwords that were checked, and the end of the slow check. */
const compared: string[] = [];
const slowness = Promise.withResolvers<void>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'auth-'));
  socketPath = join(directory, 'auth.sock');
  const users = new Map([
    ['ann', hashSync('secret', 4)],
    ['ünï', hashSync('pä:ss wörd', 4)],
  ]);
  const accounts = { current: async () => users };
  const report = createAuthReport(log, Date.now);
  const compareSlowly: typeof compare = async (password, hash) => {
    compared.push(password);
    if (password === 'slow') await slowness.promise;
    return compare(password, hash);
  };
  const real = createVerifier({ accounts, compare: compareSlowly, now: Date.now, report });
  verifier = {
    get waiting() {
      return real.waiting;
    },
    verify(...[credentials, client]: Parameters<typeof real.verify>) {
      if (credentials.username === 'queue') throw new QueueFullError();
      if (credentials.username === 'flood') throw new SourceLimitedError();
      if (credentials.username === 'defect') throw new Error('a defect, with a detail');
      return real.verify(credentials, client);
    },
  };
  const issueToken = createTokenIssuer(KEY, Date.now);
  const issuers = { current: async () => ({ issuers: [], ca: '' }) };
  const issuerLogins = { verify: async () => undefined };
  const readToken = createTokenReader({
    tokenKey: KEY,
    accounts,
    issuers,
    letsAnonymousIn: async () => false,
    now: Date.now,
  });
  const rules = async () => OPEN_RULES;
  const identifier = createIdentifier({ verifier, readToken, issuerLogins });
  const guestTokens = createGuestTokens(KEY, Date.now);
  const findGuest = createFindGuest({
    asksRegistries: async () => asksRegistries,
    accounts,
    issuerLogins,
    guestTokens,
  });
  server = createAuthServer({
    decide: { rules, tagsLeadingTo: async () => [], onVainClaim: () => undefined },
    rules,
    confirm: { findGuest, rights: { ask: async () => ({ kind: 'yes', seconds: 60 }) } },
    identifier,
    issueToken,
    findGuest,
    guestTokens,
    now: Date.now,
    log,
  });
  server.listen(socketPath);
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  await rm(directory, { recursive: true });
});

async function send(path: string, options: RequestOptions = {}, body = '') {
  const request = httpRequest({ socketPath, path, agent: false, ...options });
  request.on('error', () => {});
  request.end(body);
  const [response] = await once(request, 'response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

function basic(pair: string) {
  return { headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}

function post(body: string, headers: Record<string, string> = FORM) {
  return send('/token', { method: 'POST', headers }, body);
}

test('verify: 200 with the user, in UTF-8, or 401', async () => {
  expect(await send('/verify', basic('ann:secret'))).toMatchObject({
    status: 200,
    headers: { 'x-user': 'ann', 'cache-control': 'no-store' },
  });
  const { headers } = await send('/verify', basic('ünï:pä:ss wörd'));
  expect(Buffer.from(String(headers['x-user']), 'latin1').toString('utf8')).toBe('ünï');
  expect(await send('/verify', basic('ann:wrong'))).toMatchObject({ status: 401 });
  expect(await send('/verify')).toMatchObject({ status: 401 });
});

test('401 carries a Basic challenge and an OCI error', async () => {
  for (const path of ['/verify', '/token?service=registry-cache']) {
    const { status, headers, body } = await send(path);
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toMatch(/^Basic realm="/);
    expect(JSON.parse(body)).toEqual({
      errors: [
        { code: 'UNAUTHORIZED', message: 'a user name and password are required', detail: null },
      ],
    });
  }
});

test('token: GET with Basic, as docker and podman ask', async () => {
  const query = 'account=ann&client_id=docker&offline_token=true&service=registry-cache';
  const { status, body } = await send(
    `/token?${query}&scope=repository%3Aquay.io%2Fpodman%2Fhello%3Apull`,
    basic('ann:secret'),
  );
  expect(status).toBe(200);
  const answer = JSON.parse(body);
  expect(Object.keys(answer)).toEqual(['token', 'access_token', 'expires_in', 'issued_at']);
  expect(decodePayload(answer.token)).toMatchObject({
    sub: 'ann',
    access: [{ name: 'quay.io/podman/hello', actions: ['pull'] }],
  });
});

test('token: POST of a form, as containerd asks', async () => {
  const rest = 'client_id=containerd-client&service=registry-cache&scope=repository%3Aa%3Apull';
  const { status, body } = await post(`${PASSWORD_FORM}&${rest}`);
  expect(status).toBe(200);
  expect(decodePayload(JSON.parse(body).access_token)).toMatchObject({ sub: 'ann' });
});

test.each([
  ['a wrong password', PASSWORD_FORM.replace('secret', 'wrong'), 401],
  ['no password', 'grant_type=password&username=ann', 401],
  ['a NUL behind the password', `${PASSWORD_FORM}%00`, 401],
  ['bytes that are no UTF-8', `${PASSWORD_FORM}%ff`, 401],
  ['a refresh token', 'grant_type=refresh_token&refresh_token=x', 400],
  ['an unknown grant type', 'grant_type=client_credentials', 400],
  ['an empty form', '', 400],
])('token: POST with %s', async (_, body, status) => {
  expect(await post(body)).toMatchObject({ status });
});

test('token: refuses a form of another type or of more than 64 KiB', async () => {
  expect(await post('{}', { 'content-type': 'application/json' })).toMatchObject({ status: 415 });
  expect(await post(`${PASSWORD_FORM}&x=${'y'.repeat(60_000)}`)).toMatchObject({ status: 200 });
  const bomb = await post(`${PASSWORD_FORM}&x=${'y'.repeat(10_000_000)}`);
  expect(bomb).toMatchObject({ status: 413, headers: { connection: 'close' } });
});

test('token: reads a form of thousands of fields as one without a grant type', async () => {
  expect(await post('&a=b'.repeat(16_000))).toMatchObject({ status: 400 });
});

test.each([
  ['POST', '/verify', 405],
  ['DELETE', '/token', 405],
  ['GET', '/alive', 204],
  ['GET', '/', 404],
  ['GET', '/token/', 404],
  ['GET', '/verify/../token', 404],
  ['GET', '//token', 404],
])('%s %s is %i', async (method, path, status) => {
  expect(await send(path, { method, ...basic('ann:secret') })).toMatchObject({ status });
});

test('answers 503 with Retry-After for a full queue, and 500 without details for a defect', async () => {
  expect(await send('/verify', basic('queue:x'))).toMatchObject({
    status: 503,
    headers: { 'retry-after': '2' },
  });
  const { status, body } = await send('/verify', basic('defect:x'));
  expect(status).toBe(500);
  expect(body).not.toContain('a defect');
});

test('answers 429 to a source with too many wrong passwords, on every route', async () => {
  const form = 'grant_type=password&username=flood&password=x';
  for (const answer of [
    await send('/verify', basic('flood:x')),
    await send('/token', basic('flood:x')),
    await post(form),
  ]) {
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ code: 'TOOMANYREQUESTS' }] });
  }
});

test('takes the source from the edge alone', async () => {
  const guess = (source: string, index: number) =>
    send('/verify', {
      headers: {
        ...basic(`ann:wrong${source}${index}`).headers,
        'x-source': source,
        'x-forwarded-for': `203.0.113.${index}`,
        'x-client': `203.0.113.${index}`,
        forwarded: `for=203.0.113.${index}`,
      },
    });
  const statuses = async (source: string) => {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => guess(source, at)));
    return answers.map(({ status }) => status);
  };
  expect(await statuses('192.0.2.1')).toContain(429);
  expect(await guess('192.0.2.2', 1)).toMatchObject({ status: 401 });
});

test('verify: accepts a valid token, and refuses another one', async () => {
  const { body } = await send('/token', basic('ann:secret'));
  const ask = (token: string) => send('/verify', { headers: { authorization: `Bearer ${token}` } });
  expect(await ask(JSON.parse(body).token)).toMatchObject({ status: 200 });
  expect(await ask('x.y.z')).toMatchObject({ status: 401 });
});

test('a client that hangs up leaves the queue, and its password is not checked', async () => {
  const running = send('/verify', basic('ann:slow'));
  await vi.waitUntil(() => compared.includes('slow'));
  const left = httpRequest({ socketPath, path: '/token', agent: false, ...basic('ann:left') });
  left.on('error', () => {});
  left.end();
  await vi.waitUntil(() => verifier.waiting === 1);
  left.destroy();
  await vi.waitUntil(() => verifier.waiting === 0);
  slowness.resolve();
  expect(await running).toMatchObject({ status: 401 });
  expect(compared).not.toContain('left');
});

test('refuses huge headers, and goes on', async () => {
  const headers = { authorization: `Basic ${'A'.repeat(200_000)}` };
  expect(await send('/verify', { headers })).toMatchObject({ status: 431 });
  expect(await send('/verify', basic('ann:secret'))).toMatchObject({ status: 200 });
});

test('a client that hangs up in the middle of a form does no harm', async () => {
  const socket = connect(socketPath);
  const head = 'POST /token HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n';
  socket.write(`${head}content-type: application/x-www-form-urlencoded\r\n\r\ngrant`);
  await once(socket, 'connect');
  socket.destroy();
  expect(await send('/verify', basic('ann:secret'))).toMatchObject({ status: 200 });
});

test('refuses a request that is not HTTP', async () => {
  const socket = connect(socketPath);
  socket.end('\0\0\0nonsense\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
});

function decodePayload(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

test('tells the edge of a login that only a registry can know, and gives it a token', async () => {
  asksRegistries = true;
  try {
    const unknown = await send('/verify', basic('alice:of-alice'));
    expect([unknown.status, unknown.headers['x-guest']]).toEqual([401, '1']);
    const ours = await send('/verify', basic('ann:wrong'));
    expect([ours.status, ours.headers['x-guest']]).toEqual([401, undefined]);
    const given = await send('/token', basic('alice:of-alice'));
    const { token } = JSON.parse(given.body);
    const [, claims = ''] = token.split('.');
    const text = Buffer.from(claims, 'base64url').toString();
    expect(JSON.parse(text)).toMatchObject({ sub: 'alice', guest: expect.any(String) });
    expect(text).not.toContain('of-alice');
    const shown = await send('/verify', { headers: { authorization: `Bearer ${token}` } });
    expect([shown.status, shown.headers['x-guest']]).toEqual([401, '1']);
    expect(compared).not.toContain('of-alice');
  } finally {
    asksRegistries = false;
  }
});
