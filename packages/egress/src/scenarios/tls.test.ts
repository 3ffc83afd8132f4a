import { beforeAll, describe, expect, it } from 'vitest';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { reply } from '../testing/origin.ts';
import { createTlsChain, startTlsOrigin, type TlsChain } from '../testing/tls-origin.ts';

const TAGS = '/v2/team/app/tags/list';
const LIST = '{"name":"team/app","tags":["v1"]}';

let chain: TlsChain;

beforeAll(async () => {
  chain = await createTlsChain();
});

const json = (response: Parameters<typeof reply>[0], body: string, status = 200, headers = {}) =>
  reply(response, status, body, { 'content-type': 'application/json', ...headers });

describe('an authority of the policy', () => {
  it.each(['root', 'intermediate', 'server'] as const)('may be the %s', async (name) => {
    await using origin = await startTlsOrigin(chain, (_request, response) => json(response, LIST));
    const upstreams = [upstreamAt(origin.url, { ca: chain[name].cert })];
    await using egress = await startFixture(origin.url, { options: { upstreams } });
    expect(await egress.ask(TAGS)).toMatchObject({ status: 200, body: LIST });
  });

  it('is refused if it has not signed the certificate', async () => {
    await using origin = await startTlsOrigin(chain, (_request, response) => json(response, LIST));
    const upstreams = [upstreamAt(origin.url, { ca: chain.clients[0].cert })];
    await using egress = await startFixture(origin.url, { options: { upstreams } });
    expect((await egress.ask(TAGS)).status).toBe(502);
  });
});

it('an upstream by an IPv6 address is asked by it, and its certificate is checked for it', async () => {
  await using origin = await startTlsOrigin(chain, (_request, response) => json(response, LIST), {
    host: '::1',
  });
  const upstreams = [upstreamAt(origin.url, { ca: chain.root.cert })];
  await using egress = await startFixture(origin.url, { options: { upstreams } });
  expect(await egress.ask(TAGS)).toMatchObject({ status: 200, body: LIST });
  expect(origin.seen).toEqual([{ shown: '', host: new URL(origin.url).host }]);
  expect(origin.seen[0]?.host).toMatch(/^\[::1\]:\d+$/);
});

describe('a client certificate', () => {
  const certificates = (client: 0 | 1) => JSON.stringify({ up: chain.clients[client] });
  const own = (url: string) => upstreamAt(url, { ca: chain.root.cert, hasClientCertificate: true });

  it('is sent to an upstream that demands it, and a new one from the next request on', async () => {
    await using origin = await startTlsOrigin(chain, (_request, response) => json(response, LIST), {
      demands: true,
    });
    await using egress = await startFixture(origin.url, {
      options: { upstreams: [own(origin.url)] },
    });
    await egress.write('client-certificates.json', certificates(0));
    expect((await egress.ask(TAGS)).status).toBe(200);
    await egress.write('client-certificates.json', certificates(1));
    expect((await egress.ask(`${TAGS}?n=2`)).status).toBe(200);
    expect(origin.seen.map(({ shown }) => shown)).toEqual(['client-1', 'client-2']);
  });

  it('is not sent for a pushing client, which must prove itself', async () => {
    await using origin = await startTlsOrigin(chain, (_request, response) => json(response, LIST));
    await using egress = await startFixture(origin.url, {
      options: { upstreams: [own(origin.url)] },
    });
    await egress.write('client-certificates.json', certificates(0));
    expect((await egress.ask(TAGS)).status).toBe(200);
    const push = { over: 'socket', method: 'POST' } as const;
    expect((await egress.ask('/pass/v2/team/app/blobs/uploads/', push)).status).toBe(200);
    expect(origin.seen.map(({ shown }) => shown)).toEqual(['client-1', '']);
  });

  it('is required by an upstream that demands it', async () => {
    await using origin = await startTlsOrigin(chain, (_request, response) => json(response, LIST), {
      demands: true,
    });
    const upstreams = [upstreamAt(origin.url, { ca: chain.root.cert })];
    await using egress = await startFixture(origin.url, { options: { upstreams } });
    expect((await egress.ask(TAGS)).status).toBe(502);
    expect(origin.seen).toEqual([]);
  });

  it('is never sent to a token service or a redirect target', async () => {
    await using other = await startTlsOrigin(chain, (request, response) => {
      if (request.url?.startsWith('/token')) json(response, '{"token":"good"}');
      else json(response, LIST);
    });
    await using origin = await startTlsOrigin(
      chain,
      ({ headers, url = '' }, response) => {
        if (headers.authorization === 'Bearer good') {
          reply(response, 307, '', { location: `${other.url}${url}` });
        } else {
          const challenge = `Bearer realm="${other.url}/token",service="up"`;
          json(response, '{}', 401, { 'www-authenticate': challenge });
        }
      },
      { demands: true },
    );
    await using egress = await startFixture(origin.url, {
      options: { upstreams: [own(origin.url)] },
    });
    await egress.write('client-certificates.json', certificates(0));
    expect(await egress.ask(TAGS)).toMatchObject({ status: 200, body: LIST });
    expect(origin.seen.map(({ shown }) => shown)).toEqual(['client-1', 'client-1']);
    expect(other.seen.map(({ shown }) => shown)).toEqual(['', '']);
  });
});
