import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  type AdminOptions,
  type AuditEvent,
  auditFile,
  type EgressState,
  historyFile,
} from '@registry-cache/domain';
import { History } from '@registry-cache/history';
import { HeldReader } from '@registry-cache/pins';
import { askSocket, createLogger, listenOnSocket, readAnswer } from '@registry-cache/runtime';
import { expect, it, onTestFinished, vi } from 'vitest';
import { askAdmin } from '../client/ask-admin.ts';
import { AdminAwayError, AdminVersionError } from '../client/read-answer.ts';
import { Commands } from '../commands/commands.ts';
import { ImageWalk } from '../images/image-walk.ts';
import { LOCAL_OPERATOR, type Operator } from '../logins/operator.ts';
import { FollowedAudit } from '../sources/followed-audit.ts';
import { createAdminServer } from './server.ts';

const NOW_MS = Date.parse('2026-11-30T10:00:00.000Z');
const NOTHING = {
  ...{ requests: 0, savedRequests: 0, servedBytes: 0, savedBytes: 0, savedMs: 0 },
};
/** Somebody from elsewhere without a right. */
const EVE: Operator = {
  ...{ user: 'eve', address: '10.0.0.7', way: 'api', rights: new Set() },
  mayLogIn: true,
};
const LIMITS = { timeoutMs: 5_000, limitBytes: 1_000_000 };

/** A run directory with the given metrics, and a server that answers for it. */
async function serve(
  metrics: string,
  egress?: EgressState,
  operator = LOCAL_OPERATOR,
  record: (event: AuditEvent) => void = () => undefined,
): Promise<AdminOptions> {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-admin-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'metrics'));
  writeFileSync(join(folder, 'metrics', 'cleaner.prom'), metrics);
  const options: AdminOptions = {
    logLevel: 'fatal',
    logFormat: 'json',
    socket: join(folder, 'admin.sock'),
    storeRoot: folder,
    metricsDirs: [join(folder, 'metrics'), join(folder, 'missing')],
    egressSocket: join(folder, 'egress.sock'),
    registriesFile: join(folder, 'registries.json'),
    command: ['false'],
    namesFile: join(folder, 'names.json'),
    explainFile: join(folder, 'explain.json'),
    clientAddress: ':8443',
    doctor: { wish: join(folder, 'doctor'), report: join(folder, 'doctor.json') },
    bootSecretFile: join(folder, 'boot-secret'),
    history: { accessLog: join(folder, 'access.log'), maxBytes: 1_000_000 },
    upstreams: [],
  };
  if (egress !== undefined) {
    const server = createServer((_, response) => response.end(JSON.stringify(egress)));
    await listenOnSocket(server, { path: options.egressSocket, mode: 0o600 });
    onTestFinished(() => void server.close());
  }
  const log = createLogger('admin', 'fatal', 'json');
  const nameOf = () => undefined;
  const history = new History({
    storeRoot: folder,
    ...options.history,
    nameOf,
    nowMs: Date.now,
    log,
  });
  onTestFinished(() => history.close());
  const upstreams = () => options.upstreams;
  const nowMs = () => NOW_MS;
  const images = new ImageWalk({ storeRoot: folder, upstreams, history, nowMs, log });
  const server = createAdminServer({
    ...{ options, history, images, nameOf, version: '1.2.3', nowMs, log },
    held: new HeldReader(folder),
    commands: new Commands(options.command),
    auditLog: new FollowedAudit(auditFile(folder)),
    audit: { record },
    findOperator: async () => operator,
  });
  await listenOnSocket(server, { path: options.socket, mode: 0o600 });
  onTestFinished(() => void server.close());
  return options;
}

it('tells of the store, the upstreams and what is wrong', async () => {
  const metrics = [
    'registry_cache_store_bytes 900',
    'registry_cache_store_limit_bytes 1000',
    'registry_cache_store_blobs 3',
    'registry_cache_store_oldest_access_timestamp_seconds 1700000000',
    'registry_cache_cleaner_last_run_timestamp_seconds 1700000100.5',
    'registry_cache_config_last_reload_successful 0',
    'registry_cache_pull_secret_entries_left_out 2',
    'registry_cache_pull_secret_warnings 0',
  ];
  const egress: EgressState = {
    fetches: [],
    upstreams: [
      {
        name: 'docker.io',
        state: 'up',
        sinceMs: NOW_MS,
        rateLimit: { limit: 100, remaining: 9, toldMs: NOW_MS },
      },
      { name: 'quay.io', state: 'down', sinceMs: NOW_MS, reason: 'connection refused' },
    ],
  };
  const { socket } = await serve(`${metrics.join('\n')}\n`, egress);
  const now = '2026-11-30T10:00:00.000Z';
  expect(await askAdmin('status', {}, { socketPath: socket })).toEqual({
    version: '1.2.3',
    now,
    address: ':8443',
    store: {
      usedBytes: 900,
      limitBytes: 1000,
      blobs: 3,
      measured: '2023-11-14T22:15:00.500Z',
      oldestAccess: '2023-11-14T22:13:20.000Z',
    },
    upstreams: [
      {
        name: 'docker.io',
        state: 'up',
        since: now,
        rateLimit: { limit: 100, remaining: 9, told: now },
      },
      { name: 'quay.io', state: 'down', since: now, reason: 'connection refused' },
    ],
    saved: { hour: NOTHING, day: NOTHING },
    running: 0,
    jobs: [],
    problems: [
      { code: 'upstream-down', message: 'quay.io does not answer: connection refused' },
      { code: 'configuration-refused', message: expect.stringContaining('last good') },
      { code: 'pull-secret-left-out', message: expect.stringContaining('2 problems') },
    ],
  });
});

it('leaves out what nobody tells', async () => {
  const { socket } = await serve('');
  const status = await askAdmin('status', {}, { socketPath: socket });
  expect(Object.keys(status)).toEqual(['version', 'now', 'address', 'saved', 'jobs', 'problems']);
  expect(status.problems.map(({ code }) => code)).toEqual(['egress-away']);
});

it('says that the history is away, in place of counts of nothing alone', async () => {
  const { socket, storeRoot } = await serve('');
  mkdirSync(historyFile(storeRoot), { recursive: true });
  const { saved, problems } = await askAdmin('status', {}, { socketPath: socket });
  expect(saved.hour).toEqual(NOTHING);
  expect(problems.map(({ code }) => code)).toContain('history-away');
});

it('refuses unknown pages, methods and inputs by a reason', async () => {
  const { socket: socketPath } = await serve('');
  const ask = async (path: string, json?: string) => {
    const { status, body } = await askSocket({ socketPath, path, json, ...LIMITS });
    return [status, JSON.parse(body)];
  };
  const error = (code: string, message: string) => ({
    errors: [{ code, message: expect.stringContaining(message) }],
  });
  expect(await ask('/api/v1/toString')).toEqual([404, error('UNSUPPORTED', 'status')]);
  expect(await ask('/../etc/passwd')).toEqual([404, error('UNSUPPORTED', 'no such page')]);
  expect(await ask('/api/v1/status', '{}')).toEqual([405, error('METHOD', 'accepted: GET')]);
  expect(await ask('/api/v1/status?a=1')).toEqual([
    400,
    error('INVALID', 'a: found "1"; accepted: none of that name for status'),
  ]);
});

it('refuses bodies that are too long or no object, and answers on', async () => {
  const { socket: socketPath } = await serve('');
  const headers = { 'x-registry-cache': 'change' };
  const change = async (json: string) => {
    const { status, body } = await askSocket({
      ...{ socketPath, path: '/api/v1/pin', json, headers, ...LIMITS },
    });
    return `${status} ${JSON.parse(body).errors[0].message}`;
  };
  const long = JSON.stringify({ image: 'a'.repeat(100_000) });
  const refusal = '413 the body: found more than 65536 bytes; accepted: at most 64 KiB';
  expect(await change(long)).toBe(refusal);
  expect(await change('null')).toBe('400 the body: found null; accepted: a JSON object');
  expect(await change('["a"]')).toMatch(/^400 the body: found .*; accepted: a JSON object$/);
  expect((await askAdmin('status', {}, { socketPath })).version).toBe('1.2.3');
});

/** Sends a change in chunks, without a length and without an end. */
function openChange(socketPath: string): ClientRequest {
  const headers = { 'x-registry-cache': 'change', 'content-type': 'application/json' };
  const change = request({ socketPath, method: 'POST', path: '/api/v1/pin', headers });
  // The server may end the connection.
  change.on('error', () => undefined);
  onTestFinished(() => void change.destroy());
  return change;
}

it('answers 413 to a body without a length that becomes too long', async () => {
  const { socket } = await serve('');
  const change = openChange(socket);
  const answered = once(change, 'response');
  for (let piece = 0; piece < 20; piece += 1) change.write('x'.repeat(100_000));
  const [response] = (await answered) as [IncomingMessage];
  expect(response.statusCode).toBe(413);
  expect(await text(response)).toContain('found more than 65536 bytes');
});

it('ends the connection of a refused body that goes on for too long', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { socket } = await serve('');
  const change = openChange(socket);
  const answered = once(change, 'response');
  change.write('x'.repeat(100_000));
  const [response] = (await answered) as [IncomingMessage];
  expect(response.statusCode).toBe(413);
  await text(response);
  const closed = Promise.withResolvers<string>();
  change.once('close', () => closed.resolve('closed'));
  await new Promise((resolve) => change.write('and more', resolve));
  // Node.js itself ends a connection on which nothing comes.
  const more = setInterval(() => change.write('x'), 20);
  onTestFinished(() => clearInterval(more));
  const later = new Promise((resolve) => setImmediate(() => resolve('open')));
  expect(await Promise.race([closed.promise, later])).toBe('open');
  vi.advanceTimersByTime(30_000);
  expect(await closed.promise).toBe('closed');
});

it('names the accepted method, whichever was used', async () => {
  const { socket: socketPath } = await serve('');
  const askBy = async (method: string, path: string) => {
    const { headers } = await readAnswer(request({ socketPath, method, path }), undefined, 1_000);
    return headers.allow;
  };
  expect(await askBy('PUT', '/api/v1/pin')).toBe('POST');
  expect(await askBy('GET', '/api/v1/pin')).toBe('POST');
  expect(await askBy('POST', '/api/v1/status')).toBe('GET');
});

it('says that the cache is away where nothing listens', async () => {
  const socketPath = join(tmpdir(), 'no-such-registry-cache.sock');
  const asked = askAdmin('status', {}, { socketPath });
  await expect(asked).rejects.toThrow(AdminAwayError);
  await expect(asked).rejects.toThrow('found nothing that answers');
});

it('refuses verbs that the operator has no right to, and notes it', async () => {
  const events: AuditEvent[] = [];
  const { socket } = await serve('', undefined, EVE, (event) => events.push(event));
  await expect(askAdmin('status', {}, { socketPath: socket })).rejects.toThrow(
    'eve may not ask for status: access.view of the policy file does not name it',
  );
  const because = 'the verb status';
  expect(events).toEqual([
    { event: 'refusal', user: 'eve', from: '10.0.0.7', way: 'api', because },
  ]);
});

it('shows the page to nobody without a right, and notes it', async () => {
  const events: AuditEvent[] = [];
  const { socket } = await serve('', undefined, EVE, (event) => events.push(event));
  const { status, body } = await askSocket({ socketPath: socket, path: '/', ...LIMITS });
  expect([status, body]).toEqual([403, expect.stringContaining('eve may not ask for the page')]);
  expect(events).toMatchObject([{ event: 'refusal', because: 'the page' }]);
});

it('tells who asks, and with which rights', async () => {
  const { socket } = await serve('');
  expect(await askAdmin('whoami', {}, { socketPath: socket })).toEqual({
    ...{ user: 'operator', rights: ['view', 'admin'], mayLogIn: false },
  });
});

it('tells a server of another version from one that is away', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-admin-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const socketPath = join(folder, 'admin.sock');
  let status = 404;
  const server = createServer((_, response) => response.writeHead(status).end('{"version":1}'));
  await listenOnSocket(server, { path: socketPath, mode: 0o600 });
  onTestFinished(() => void server.close());
  await expect(askAdmin('status', {}, { socketPath })).rejects.toThrow(AdminVersionError);
  status = 200;
  await expect(askAdmin('status', {}, { socketPath })).rejects.toThrow('another version');
});

it('shows the message of a foreign server as one line of text', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-admin-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const socketPath = join(folder, 'admin.sock');
  const errors = [{ code: 'DENIED', message: '\u001b[31mno\nregistry-cache: done' }];
  const server = createServer((_, response) => {
    response.writeHead(403).end(JSON.stringify({ errors }));
  });
  await listenOnSocket(server, { path: socketPath, mode: 0o600 });
  onTestFinished(() => void server.close());
  await expect(askAdmin('status', {}, { socketPath })).rejects.toThrow(
    /: \\u001b\[31mno\\u000aregistry-cache: done$/,
  );
});

it('answers one operator a few questions at a time', async () => {
  const { socket: socketPath, egressSocket } = await serve('');
  const held: ServerResponse[] = [];
  const egress = createServer((_, response) => void held.push(response));
  await listenOnSocket(egress, { path: egressSocket, mode: 0o600 });
  onTestFinished(() => void egress.close());
  const ended: number[] = [];
  const ask = async () => {
    const { status } = await askSocket({ socketPath, path: '/api/v1/status', ...LIMITS });
    ended.push(status);
    return status;
  };
  const statuses = Promise.all(Array.from({ length: 37 }, ask));
  // 32 wait, and one was too many: all have arrived.
  await vi.waitFor(() => expect([held.length, ended]).toEqual([4, [503]]));
  egress.on('request', (_, response) => response.end('{"upstreams":[],"fetches":[]}'));
  for (const response of held) response.end('{"upstreams":[],"fetches":[]}');
  expect((await statuses).toSorted()).toEqual([...Array(36).fill(200), 503]);
  expect(held).toHaveLength(36);
});
