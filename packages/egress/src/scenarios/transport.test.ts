import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { expect, test } from 'vitest';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import { startTokenRegistry } from '../testing/token-registry.ts';
import { USER_AGENT } from '../wire/transport/user-agent.ts';

const TAGS = '/v2/team/app/tags/list';

test('the User-Agent is one product with its version', () => {
  expect(USER_AGENT).toMatch(/^registry-cache\/\d+\.\d+\.\d+$/);
});

test('every request carries a User-Agent: API, token service and redirect target', async () => {
  await using storage = await startOrigin((_seen, response) => reply(response, 403, ''));
  await using fake = await startTokenRegistry({ anonymous: true });
  await using front = await startOrigin((_seen, response) =>
    reply(response, 307, '', { location: `${storage.url}/bucket` }),
  );
  const upstreams = [
    upstreamAt(fake.registry.url),
    upstreamAt(front.url, { id: 'front', key: 'front.example.com' }),
  ];
  await using egress = await startFixture(fake.registry.url, { options: { upstreams } });
  expect((await egress.ask(TAGS)).status).toBe(200);
  await egress.ask(TAGS, { id: 'front' });
  const origins = [fake.registry, fake.tokens, front, storage];
  for (const { seen } of origins) {
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen.map(({ headers }) => headers['user-agent']))).toEqual(
      new Set([USER_AGENT]),
    );
  }
});

test('an outbound proxy sees the User-Agent as well, also for a tunnel of a client', async () => {
  const agents: (string | undefined)[] = [];
  const proxy = createServer();
  proxy.on('connect', ({ headers }, socket) => {
    agents.push(headers['user-agent']);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const deps = { env: { HTTPS_PROXY: url } };
  await using egress = await startFixture('https://reg.test', { deps });
  await egress.ask(TAGS);
  const asked = agents.length;
  expect(asked).toBeGreaterThan(0);
  await egress.ask('/tunnel?host=other.test&port=443', { over: 'socket' });
  proxy.close();
  expect(agents.length).toBeGreaterThan(asked);
  expect(new Set(agents)).toEqual(new Set([USER_AGENT]));
});

test('headers of 20 KB are read', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 200, '{"tags":[]}', { 'set-cookie': `portal=${'x'.repeat(20_000)}` }),
  );
  await using egress = await startFixture(origin.url);
  expect((await egress.ask(TAGS)).status).toBe(200);
});

/** Answers each ClientHello with a ServerHello of TLS 1.2 without extensions, and then stops. */
async function startOldTls() {
  const hello = Buffer.concat([
    Buffer.from([0x16, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3]),
    Buffer.alloc(32, 7),
    // No session, ECDHE-RSA-AES128-GCM-SHA256, no compression.
    Buffer.from([0, 0xc0, 0x2f, 0]),
  ]);
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(hello));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]: () => void server.close(),
  };
}

test('the error for TLS without secure renegotiation is plain, and a setting allows it', async () => {
  using server = await startOldTls();
  const ask = async (legacyTls: boolean) => {
    const upstreams = [upstreamAt(server.url, { legacyTls })];
    await using egress = await startFixture(server.url, { options: { upstreams } });
    return (await egress.ask(TAGS)).body;
  };
  expect(await ask(false)).toContain('lacks secure renegotiation (RFC 5746)');
  expect(await ask(false)).toContain('legacyTls: true in the policy of the upstream');
  // The handshake goes on, and this server does not.
  expect(await ask(true)).not.toContain('renegotiation');
});
