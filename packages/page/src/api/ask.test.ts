import { afterEach, describe, expect, it, vi } from 'vitest';
import { ask, change, formatUrl } from './ask.ts';
import { AwayError, RefusalError } from './errors.ts';

afterEach(() => vi.unstubAllGlobals());

/** Puts an answer in the place of the network, and notes what was asked. */
function stub(answer: () => Response | Promise<Response>): [string, RequestInit][] {
  const asked: [string, RequestInit][] = [];
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    asked.push([url, init]);
    return Promise.resolve().then(answer);
  });
  return asked;
}

const json = (value: unknown, status = 200, headers = {}) =>
  new Response(JSON.stringify(value), { status, headers });

describe('the address of a question', () => {
  it('escapes what people type', () => {
    expect(formatUrl('ls', { pattern: 'a&b=c#d', limit: 5 })).toBe(
      '/api/v1/ls?pattern=a%26b%3Dc%23d&limit=5',
    );
  });

  it('leaves out what is empty', () => {
    expect(formatUrl('ls', { pattern: '', after: undefined })).toBe('/api/v1/ls');
  });
});

describe('a question', () => {
  it('has the time of the server', async () => {
    stub(() => json({ rights: [] }, 200, { date: 'Mon, 30 Nov 2026 10:00:00 GMT' }));
    expect(await ask('whoami', {})).toEqual({
      ...{ answer: { rights: [] }, serverMs: Date.parse('2026-11-30T10:00:00Z') },
    });
  });

  it('shows invisible characters in the texts of clients as escapes', async () => {
    stub(() => json({ user: 'a\u202eb\u001b[2J\n', rights: ['view'] }));
    const { answer } = await ask('whoami', {});
    expect(answer).toEqual({ user: 'a\\u202eb\\u001b[2J\\u000a', rights: ['view'] });
  });

  it('fails with the reason of the server', async () => {
    stub(() => json({ errors: [{ code: 'INVALID', message: 'limit: found "x"' }] }, 400));
    await expect(ask('status', {})).rejects.toThrow(new RefusalError('limit: found "x"', 400));
  });

  it.each<[string, () => Response]>([
    ['nothing answers', () => Response.error()],
    ['the edge answers for it', () => new Response('<html>503</html>', { status: 503 })],
    ['the edge says why', () => json({ errors: [{ message: 'try again' }] }, 503)],
    ['something else answers', () => new Response('<html>hello</html>', { status: 200 })],
  ])('tells that the cache is away where %s', async (what, answer) => {
    stub(() => {
      if (what === 'nothing answers') throw new TypeError('Failed to fetch');
      return answer();
    });
    await expect(ask('status', {})).rejects.toThrow(AwayError);
  });

  it('is no failure of the cache where nobody waits for it any more', async () => {
    const stop = new AbortController();
    stop.abort();
    stub(() => Promise.reject(stop.signal.reason));
    await expect(ask('status', {}, stop.signal)).rejects.not.toThrow(AwayError);
  });
});

it('asks for a change with the header that other sites cannot send', async () => {
  const asked = stub(() => json({ image: 'quay.io/team/app:v1' }));
  await change('unpin', { image: 'quay.io/team/app:v1' });
  expect(asked).toMatchObject([
    [
      '/api/v1/unpin',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-registry-cache': 'page' },
        body: '{"image":"quay.io/team/app:v1"}',
      },
    ],
  ]);
});
