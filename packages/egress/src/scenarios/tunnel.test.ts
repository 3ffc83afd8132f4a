import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { startFixture } from '../testing/egress-fixture.ts';
import type { LookupAll } from '../wire/transport/connector.ts';
import { USER_AGENT } from '../wire/transport/user-agent.ts';

/** Names for tests. The addresses of the documentation network never answer. */
const NAMES: Record<string, string[]> = {
  'mixed.test': ['127.0.0.1', '::1'],
  'secret.test': ['203.0.113.9'],
  'cloud.test': ['168.63.129.16'],
};

const lookup: LookupAll = (hostname, _options, callback) => {
  const found = NAMES[hostname];
  if (found === undefined)
    return callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
  callback(
    null,
    found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  );
};

async function askFor(host: string, port: number | string = 443, env = {}) {
  await using egress = await startFixture('http://127.0.0.1:1', {
    deps: { clientLookup: lookup, env },
    options: {
      tunnel: {
        forbidden: ['203.0.113.0/24', 'named.test'],
        ownPorts: [8443],
        connectMs: 5_000,
      },
    },
  });
  const got = await egress.ask(`/tunnel?host=${host}&port=${port}`, { over: 'socket' });
  return [got.status, got.body];
}

test.each([
  'mixed.test',
  'secret.test',
  'named.test',
  'named.test.',
  '127.0.0.1',
  '::1',
  '203.0.113.1',
  '169.254.169.254',
  '2852039166',
  '168.63.129.16',
  '2822734096',
  '0xa8.0x3f.0x81.0x10',
  '::ffff:100.100.100.200',
  '64:ff9b::a83f:8110',
  'fd00:ec2::254',
  'cloud.test',
])('a tunnel to %s is refused', async (host) => {
  expect(await askFor(host)).toEqual([403, `${host} may not be reached through this proxy`]);
});

test('the error names an impossible host', async () => {
  expect(await askFor('1.2.3.256')).toEqual([502, '1.2.3.256:443 is not a host and port']);
  for (const host of ['user@far.test', 'far.test/x', '%6eamed.test', '127.0.0.1?x', 'a b', '']) {
    const asked = encodeURIComponent(host);
    expect(await askFor(asked)).toEqual([502, `${host}:443 is not a host and port`]);
  }
  expect(await askFor('far.test', 65536)).toEqual([502, 'far.test:65536 is not a host and port']);
});

test('the error names an unknown host', async () => {
  const [status, reason] = await askFor('nowhere.test');
  expect([status, reason]).toEqual([
    502,
    'the name nowhere.test could not be resolved (ENOTFOUND)',
  ]);
});

test('only the socket serves tunnels, not the port', async () => {
  await using egress = await startFixture('http://127.0.0.1:1');
  expect((await egress.ask('/tunnel?host=1.1.1.1&port=443')).status).not.toBe(200);
});

test('egress connects to no forbidden address', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  let taken = 0;
  server.on('connection', () => {
    taken += 1;
  });
  await askFor('127.0.0.1', (server.address() as AddressInfo).port);
  await askFor('mixed.test', (server.address() as AddressInfo).port);
  server.close();
  expect(taken).toBe(0);
});

/** An outbound proxy that allows far.test only, and records its requests. */
async function startOutboundProxy() {
  const asked: string[] = [];
  const server = createHttpServer().on('connect', ({ url = '', headers }, socket) => {
    asked.push(`${url} ${headers['proxy-authorization'] ?? ''}`.trim());
    socket.end(`HTTP/1.1 ${url.startsWith('far.test:') ? 200 : 403} Answer\r\n\r\n`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { asked, port, [Symbol.dispose]: () => void server.close() };
}

test('an outbound proxy gets the tunnel request, and resolves the name', async () => {
  using proxy = await startOutboundProxy();
  const env = { HTTPS_PROXY: `http://ann:s%20c@127.0.0.1:${proxy.port}` };
  const basic = `Basic ${Buffer.from('ann:s c').toString('base64')}`;
  const [status, answer] = await askFor('far.test', 8443, env);
  expect(status).toBe(200);
  const head = ['CONNECT far.test:8443 HTTP/1.1', 'host: far.test:8443'];
  head.push(`user-agent: ${USER_AGENT}`, `proxy-authorization: ${basic}`, '', '');
  expect(answer).toBe(`127.0.0.1 ${proxy.port}\n${head.join('\r\n')}`);
  expect(proxy.asked).toEqual([`far.test:8443 ${basic}`]);
});

test('the error names an outbound proxy that refuses, without its password', async () => {
  using proxy = await startOutboundProxy();
  const env = { HTTPS_PROXY: `http://ann:secret@127.0.0.1:${proxy.port}` };
  const reason = 'the outbound proxy answered 403 for near.test:443';
  expect(await askFor('near.test', 443, env)).toEqual([502, reason]);
});

test.each([
  ['https://127.0.0.1:1', 'tunnels need an outbound proxy of http://, not https://'],
  ['http://127.0.0.1:1', 'the outbound proxy for far.test refused the connection'],
])('an outbound proxy %s cannot be used', async (HTTPS_PROXY, reason) => {
  expect(await askFor('far.test', 443, { HTTPS_PROXY })).toEqual([502, reason]);
});

test('a silent outbound proxy costs one timeout', async () => {
  const mute = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  const [status, reason] = await askFor('far.test', 443, { HTTPS_PROXY: `127.0.0.1:${port}` });
  mute.close();
  expect([status, reason]).toEqual([
    504,
    expect.stringMatching(/^no connection to the outbound proxy for far\.test within /),
  ]);
});

test('forbidden hosts stay forbidden behind an outbound proxy', async () => {
  using proxy = await startOutboundProxy();
  const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
  const literals = ['203.0.113.1', '127.0.0.1', '169.254.169.254', '2852039166', '0xa9.0376.43518'];
  for (const host of ['named.test', ...literals, 'fe80::1', '::ffff:169.254.169.254']) {
    expect(await askFor(host, 443, env)).toEqual([
      403,
      `${host} may not be reached through this proxy`,
    ]);
  }
  expect(proxy.asked).toEqual([]);
});
