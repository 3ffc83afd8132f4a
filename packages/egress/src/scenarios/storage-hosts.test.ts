import { expect, test } from 'vitest';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import type { LookupAll } from '../wire/transport/connector.ts';

/** Addresses without a listener: an attempt to connect differs from a refusal by the guard. */
const NAMES: Record<string, string[]> = {
  'public.test': ['127.0.0.1', '8.8.8.8'],
  's3.internal.test': ['10.255.255.1'],
  'cloud.internal.test': ['100.100.100.200'],
  'loop.internal.test': ['127.0.0.1'],
};
const lookup: LookupAll = (name, _options, callback) => {
  const found = NAMES[name] ?? [];
  callback(
    null,
    found.map((address) => ({ address, family: 4 })),
  );
};

/** The error for a public upstream that redirects to `target`, with these storage hosts in its policy. */
async function redirect(target: string, storageHosts: readonly string[], isGuarded = false) {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 307, '', { location: target }),
  );
  const url = `http://public.test:${origin.port}`;
  const upstreams = [upstreamAt(url, { storageHosts, isGuarded })];
  const timeouts = { connectMs: 200, headersMs: 200, blobHeadersMs: 200, idleMs: 200 };
  await using egress = await startFixture(url, {
    deps: { lookup },
    options: { upstreams, timeouts },
  });
  const { body } = await egress.ask('/v2/a/tags/list');
  return JSON.parse(body).errors[0].message as string;
}

test('a redirect of a public upstream to private storage is refused, and the error names the setting', async () => {
  expect(await redirect('http://s3.internal.test/x', [])).toBe(
    'up.example.com could not be asked: refused to follow: s3.internal.test (10.255.255.1) is not an address that this upstream may lead to; storageHosts in its policy can name it',
  );
});

test.each([
  ['a name', 's3.internal.test', 'http://s3.internal.test:9/x'],
  ['all names below one', '*.internal.test', 'http://s3.internal.test:9/x'],
  ['a network', '10.255.0.0/16', 'http://s3.internal.test:9/x'],
  ['an address', '10.255.255.1', 'http://10.255.255.1:9/x'],
])(
  'a redirect to private storage is followed if the policy names %s',
  async (_, storageHost, target) => {
    expect(await redirect(target, [storageHost])).not.toContain('refused to follow');
  },
);

test.each([
  ['metadata', 'http://cloud.internal.test/x'],
  ['loopback', 'http://loop.internal.test/x'],
  ['another private host', 'http://10.1.1.1/x'],
])('storage hosts never allow a redirect to %s', async (_, target) => {
  const hosts = ['*.internal.test', '127.0.0.0/8', '100.64.0.0/10', '10.255.255.1'];
  expect(await redirect(target, hosts)).toContain('refused to follow');
});
