import { expect, test } from 'vitest';
import { startFixture } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import type { LookupAll } from '../wire/transport/connector.ts';

/** Metadata services of clouds, in each notation that the URL parser and DNS understand. */
const METADATA = [
  '169.254.169.254',
  '2852039166',
  '0xa9.0xfe.0xa9.0xfe',
  '[::ffff:169.254.169.254]',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a9fe:a9fe::]',
  '[fd00:ec2::254]',
  '100.100.100.200',
  '168.63.129.16',
  '2822734096',
  'cloud.test',
  'cloud6.test',
];

/** Resolves the names of metadata services; other names are on loopback, which is allowed here. */
const NAMES: Record<string, string> = {
  'cloud.test': '168.63.129.16',
  'cloud6.test': 'fd00:ec2::254',
};
const lookup: LookupAll = (name, _options, callback) => {
  const address = NAMES[name] ?? '127.0.0.1';
  callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
};
const WORLDS = [{}, { HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: 'reg.test' }];

test.each(METADATA)(
  'an upstream at %s is refused, although the operator names it',
  async (host) => {
    await using egress = await startFixture(`http://${host}`, { deps: { lookup } });
    const { status, body } = await egress.ask('/v2/a/tags/list');
    expect([status, body]).toEqual([502, expect.stringContaining('refused to follow')]);
  },
);

test.each(METADATA)('redirects and token services at %s are refused', async (host) => {
  const behind = `http://${host}/latest`;
  await using origin = await startOrigin(({ url }, response) => {
    if (url.startsWith('/v2/moved/')) reply(response, 307, '', { location: behind });
    else reply(response, 401, '', { 'www-authenticate': `Bearer realm="${behind}"` });
  });
  for (const env of WORLDS) {
    // The outbound proxy resolves and checks names itself.
    if (env.HTTP_PROXY !== undefined && host.endsWith('.test')) continue;
    await using egress = await startFixture(`http://reg.test:${origin.port}`, {
      deps: { lookup, env },
    });
    for (const repository of ['moved', 'asked']) {
      const { status, body } = await egress.ask(`/v2/${repository}/tags/list`);
      expect([status, body]).toEqual([502, expect.stringContaining('refused to follow')]);
    }
  }
});

test('an upstream with such an address is refused behind an outbound proxy too', async () => {
  const env = { HTTP_PROXY: 'http://127.0.0.1:9' };
  await using egress = await startFixture('http://168.63.129.16', { deps: { env } });
  const { body } = await egress.ask('/v2/a/tags/list');
  expect(body).toContain('refused to follow: 168.63.129.16 is not an address');
});
