import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { startFixture } from './testing/egress-fixture.ts';
import type { LookupAll } from './transport/connector.ts';

/** Names for tests; the address of a test machine's documentation network answers nobody. */
const NAMES: Record<string, string[]> = {
  'mixed.test': ['127.0.0.1', '::1'],
  'secret.test': ['203.0.113.9'],
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

async function askFor(host: string, port: number | string = 443) {
  await using egress = await startFixture('http://127.0.0.1:1', {
    world: { lookup },
    options: { tunnel: { forbidden: ['203.0.113.0/24', 'named.test'] } },
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
])('a tunnel may not lead to %s', async (host) => {
  expect(await askFor(host)).toEqual([403, `${host} may not be reached through this proxy`]);
});

test('a name that nobody knows is told as such', async () => {
  const [status, reason] = await askFor('nowhere.test');
  expect([status, reason]).toEqual([
    502,
    'the name nowhere.test could not be resolved (ENOTFOUND)',
  ]);
});

test('only who may open the socket may ask', async () => {
  await using egress = await startFixture('http://127.0.0.1:1');
  expect((await egress.ask('/tunnel?host=1.1.1.1&port=443')).status).not.toBe(200);
});

test('nothing but an address that was judged is looked up or connected to', async () => {
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
