import { expect, test } from 'vitest';
import { createProbe } from '../doors/on-demand/probe.ts';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import type { LookupAll } from '../wire/transport/connector.ts';

/** Resolves each name to these addresses; only the first one is ever connected to. */
function lookupOf(...addresses: string[]): LookupAll {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_hostname, _options, callback) => callback(null, found);
}

const TIMEOUTS = { connectMs: 2000, headersMs: 2000, blobHeadersMs: 2000, idleMs: 2000 };

test.each([
  ['loopback', 'asked.test', '127.0.0.1'],
  ['loopback by IPv6', 'asked.test', '::1'],
  ['mapped loopback', 'asked.test', '::ffff:127.0.0.1'],
  ['a private address', 'asked.test', '10.0.0.1'],
  ['a private address of IPv6', 'asked.test', 'fd00::1'],
  ['carrier-grade NAT', 'asked.test', '100.64.0.1'],
  ['link-local', 'asked.test', '169.254.169.254'],
  ['no address', 'asked.test', '0.0.0.0'],
  ['metadata that looks public', 'asked.test', '168.63.129.16'],
  ['metadata by IPv6', 'asked.test', 'fd00:ec2::254'],
  ['a literal', '127.0.0.1', '127.0.0.1'],
])('a guarded upstream is never asked at %s', async (_, host, address) => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, 'inner'));
  const url = `http://${host}:${origin.port}`;
  await using egress = await startFixture(url, {
    deps: { clientLookup: lookupOf(address) },
    options: { upstreams: [upstreamAt(url, { isGuarded: true })] },
  });
  const { status, body } = await egress.ask('/v2/a/tags/list');
  expect([status, origin.seen.length]).toEqual([502, 0]);
  expect(body).toContain('is not an address that this upstream may lead to');
});

test.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '168.63.129.16'])(
  'no probe of a registry on demand goes to %s',
  async (address) => {
    const probe = createProbe('', TIMEOUTS, { env: {}, lookup: lookupOf(address) });
    await expect(probe('asked.test')).rejects.toMatchObject({ phase: 'guard' });
  },
);
