import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { OutboundRequest, Reply, Transport } from '../../wire/transport/transport.ts';
import { sendFollowing } from './redirect.ts';

/** A transport that redirects by a table of `URL → Location`, and answers 200 to other URLs. */
function redirecting(table: Record<string, string>, status = 307) {
  const sent: OutboundRequest[] = [];
  const transport: Transport = {
    async send(request) {
      sent.push(request);
      const location = table[request.url.href];
      const headers = location === undefined ? {} : { location };
      const body = Object.assign(Readable.from([]), { dump: async () => undefined });
      const code = location === undefined ? 200 : status;
      return { url: request.url, redirected: false, status: code, headers, body } satisfies Reply;
    },
    close: async () => undefined,
  };
  return { transport, sent };
}

function ask(href: string): OutboundRequest {
  const headers = { authorization: 'Bearer secret', range: 'bytes=0-1' };
  return { method: 'GET', url: new URL(href), headers, signal: new AbortController().signal };
}

test.each([301, 302, 303, 307, 308])(
  'follows %i, with Authorization only on the same origin',
  async (status) => {
    const { transport, sent } = redirecting(
      {
        'https://a.test/1': '/2',
        'https://a.test/2': 'https://cdn.test/3',
        'https://cdn.test/3': 'https://a.test/4',
      },
      status,
    );
    const reply = await sendFollowing(transport, ask('https://a.test/1'));
    expect(reply.url.href).toBe('https://a.test/4');
    expect(sent.map(({ url, headers }) => [url.href, headers.authorization])).toEqual([
      ['https://a.test/1', 'Bearer secret'],
      ['https://a.test/2', 'Bearer secret'],
      ['https://cdn.test/3', undefined],
      ['https://a.test/4', undefined],
    ]);
    expect(sent.every(({ headers }) => headers.range === 'bytes=0-1')).toBe(true);
  },
);

test.each([
  ['/artifacts/x', 'https://a.test/artifacts/x'],
  ['../data?sign=a%2Fb', 'https://a.test/v2/team/data?sign=a%2Fb'],
  ['data/1', 'https://a.test/v2/team/blobs/data/1'],
  ['?sign=1', 'https://a.test/v2/team/blobs/1?sign=1'],
  ['//cdn.test/x', 'https://cdn.test/x'],
])('the Location %s is relative to the requested URL', async (location, expected) => {
  const { transport } = redirecting({ 'https://a.test/v2/team/blobs/1': location });
  const reply = await sendFollowing(transport, ask('https://a.test/v2/team/blobs/1'));
  expect(reply.url.href).toBe(expected);
});

test('another port is another origin', async () => {
  const { transport, sent } = redirecting({ 'https://a.test/': 'https://a.test:8443/' });
  expect((await sendFollowing(transport, ask('https://a.test/'))).redirected).toBe(true);
  expect(sent[1]?.headers).not.toHaveProperty('authorization');
});

test('ignores a user name and password in a Location', async () => {
  const { transport, sent } = redirecting({ 'https://a.test/': 'https://evil:pass@cdn.test/x#y' });
  await sendFollowing(transport, ask('https://a.test/'));
  expect(sent[1]?.url.href).toBe('https://cdn.test/x');
});

test.each([
  ['https to http', 'http://cdn.test/', 'from https to http'],
  ['file', 'file:///etc/passwd', 'no http or https URL'],
  ['no URL', 'https://[', 'no http or https URL'],
])('refuses a redirect: %s', async (_name, location, message) => {
  const { transport } = redirecting({ 'https://a.test/': location });
  await expect(sendFollowing(transport, ask('https://a.test/'))).rejects.toMatchObject({
    phase: 'guard',
    message: expect.stringContaining(message),
  });
});

test('gives up after five redirects', async () => {
  const { transport, sent } = redirecting({ 'https://a.test/': '/' });
  await expect(sendFollowing(transport, ask('https://a.test/'))).rejects.toThrow(
    'more than 5 redirects',
  );
  expect(sent).toHaveLength(6);
});
