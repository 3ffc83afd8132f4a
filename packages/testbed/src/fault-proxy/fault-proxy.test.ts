import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCertificateAuthority } from '../certificates.ts';
import { createHttpClient, type HttpClient } from '../http-client.ts';
import { seededBytes } from '../images/seeded-bytes.ts';
import { listenInterruptible } from '../interruptible-server.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

const BODY = seededBytes('fault proxy', 100_000);
const BLOB = `/v2/app/blobs/sha256:${'a'.repeat(64)}`;

let stack: AsyncDisposableStack;
let faultProxy: FaultProxy;
let client: HttpClient;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const upstream = stack.use(await listenInterruptible({ onRequest: answerBody }));
  faultProxy = stack.use(await startFaultProxy({ upstream: upstream.url }));
  client = stack.use(createHttpClient({ url: faultProxy.url }));
});

afterEach(() => stack.disposeAsync());

test('the proxy without rules passes everything on, and counts', async () => {
  const answer = await client.get(BLOB);
  await client.head('/v2/app/manifests/latest');
  expect(answer.body.equals(BODY)).toBe(true);
  expect(faultProxy.count()).toBe(2);
  expect(faultProxy.count({ kind: 'manifest', method: 'HEAD', reference: 'latest' })).toBe(1);
  expect(faultProxy.bytes({ kind: 'blob' })).toBe(100_000);
  expect(faultProxy.bytes({ kind: 'manifest' })).toBe(0);
  faultProxy.forget();
  expect(faultProxy.seen).toEqual([]);
});

test('a rule applies to the nth match, or a number of times', async () => {
  faultProxy.setRules(
    { when: { kind: 'ping', nth: 2 }, do: { respond: { status: 401 } } },
    { when: { kind: 'blob' }, times: 2, do: { respond: { status: 503, body: 'down' } } },
  );
  const statuses = [];
  for (const path of ['/v2/', '/v2/', '/v2/', BLOB, BLOB, BLOB]) {
    statuses.push((await client.get(path)).status);
  }
  expect(statuses).toEqual([200, 401, 200, 503, 503, 200]);
});

test('a rule with a response ends the evaluation, and rules before it apply', async () => {
  faultProxy.setRules(
    { do: { delayMs: 1 } },
    { when: { kind: 'blob' }, do: { redirect: ({ reference }) => `http://cdn/${reference}` } },
    { do: { respond: { status: 500 } } },
  );
  const answer = await client.get(BLOB);
  expect(answer.status).toBe(307);
  expect(answer.headers.location).toBe(`http://cdn/sha256:${'a'.repeat(64)}`);
});

test('a body is cut after the exact number of bytes', async () => {
  faultProxy.setRules({ do: { cutAtByte: 70_000 } });
  await expect(client.get(BLOB)).rejects.toThrow();
  expect(faultProxy.seen[0]).toMatchObject({ status: 200, bytes: 70_000, end: 'broken' });
});

test('a body stalls until the client goes', async () => {
  faultProxy.setRules({ do: { stallAtByte: 10 } });
  await using impatient = createHttpClient({ url: faultProxy.url, idleTimeoutMs: 200 });
  await expect(impatient.get(BLOB)).rejects.toThrow(/timeout/i);
  expect(faultProxy.bytes()).toBe(10);
});

test('a silent proxy never answers, and a refusing one resets', async () => {
  faultProxy.setRules({ when: { kind: 'ping' }, do: { silent: true } }, { do: { refuse: true } });
  await using impatient = createHttpClient({ url: faultProxy.url, idleTimeoutMs: 200 });
  await expect(impatient.get('/v2/')).rejects.toThrow(/timeout/i);
  await expect(client.get(BLOB)).rejects.toThrow();
});

test('one byte is corrupted', async () => {
  faultProxy.setRules({ do: { corruptByte: 66_000 } });
  const { body } = await client.get(BLOB);
  const differences = [...body.keys()].filter((index) => body[index] !== BODY[index]);
  expect(differences).toEqual([66_000]);
});

test('a throttled body arrives whole', async () => {
  faultProxy.setRules({ do: { bytesPerSecond: 1_000_000, share: 'all' } });
  const [one, two] = await Promise.all([client.get(BLOB), client.get(BLOB)]);
  expect(one.body.equals(BODY) && two.body.equals(BODY)).toBe(true);
});

test('rules drop and set headers, and ignore Range', async () => {
  faultProxy.setRules(
    { do: [{ dropHeaders: ['docker-content-digest'] }, { setHeaders: { 'x-a': '1' } }] },
    { when: { nth: 2 }, do: { ignoreRange: true } },
  );
  const range = { headers: { range: 'bytes=99999-' } };
  const first = await client.get(BLOB, range);
  expect(first.status).toBe(206);
  expect(first.headers['docker-content-digest']).toBeUndefined();
  expect(first.headers['x-a']).toBe('1');
  expect((await client.get(BLOB, range)).status).toBe(200);
});

test('a paused proxy refuses connections, and a resumed one has the same port', async () => {
  await client.get('/v2/');
  await faultProxy.pause();
  await expect(client.get('/v2/')).rejects.toThrow(/ECONNREFUSED/);
  await faultProxy.resume();
  expect((await client.get('/v2/')).status).toBe(200);
});

test('a mute or refusing server acts before TLS', async () => {
  const authority = await createCertificateAuthority();
  const tls = await authority.issue({ names: ['127.0.0.1'] });
  await using secure = await startFaultProxy({ upstream: faultProxy.url, tls });
  const options = { url: secure.url, ca: authority.certificatePem };
  await using trusting = createHttpClient(options);
  expect((await trusting.get(BLOB)).status).toBe(200);
  secure.setConnectionMode('refusing');
  await using late = createHttpClient({ ...options, idleTimeoutMs: 200 });
  await expect(late.get('/v2/')).rejects.toThrow();
  secure.setConnectionMode('mute');
  await expect(late.get('/v2/')).rejects.toThrow();
  expect(secure.count()).toBe(1);
});

function answerBody(request: IncomingMessage, response: ServerResponse): void {
  const range = /bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1];
  const body = BODY.subarray(Number(range ?? 0));
  response.writeHead(range === undefined ? 200 : 206, {
    'docker-content-digest': 'sha256:1',
    'content-length': body.length,
  });
  response.end(body);
}
