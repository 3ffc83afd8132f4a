import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import {
  type Origin,
  type OriginHandler,
  ociError,
  reply,
  startOrigin,
} from '../testing/origin.ts';
import { type Version, version } from '../testing/tag-origin.ts';
import { startTokenRegistry } from '../testing/token-registry.ts';
import { digestOf } from '../wire/http/digest.ts';

const ONE = version('one');
const BLOB = randomBytes(100_000);
const BLOB_DIGEST = digestOf(BLOB);
const BLOB_PATH = `/v2/team/app/blobs/${BLOB_DIGEST}`;
const MANIFEST = '/v2/team/app/manifests';

/** A registry with one image, `repository:v1`. */
function serving(repository: string, { body, digest, type }: Version, blob: Buffer): OriginHandler {
  return ({ method, url }, response) => {
    const headers = { 'content-type': type, 'docker-content-digest': digest };
    const head = method === 'HEAD';
    if (url === `/v2/${repository}/manifests/v1` || url === `/v2/${repository}/manifests/${digest}`)
      return reply(response, 200, head ? '' : body, {
        ...headers,
        'content-length': String(Buffer.byteLength(body)),
      });
    if (url === `/v2/${repository}/blobs/${BLOB_DIGEST}`) {
      const length = { 'content-length': String(blob.length) };
      return reply(response, 200, head ? '' : blob, length);
    }
    if (url.startsWith(`/v2/${repository}/tags/list`)) {
      const name = JSON.stringify({ name: repository, tags: ['v1'] });
      const link = `</v2/${repository}/tags/list?n=1&last=v1>; rel="next"`;
      return reply(response, 200, name, { 'content-type': 'application/json', link });
    }
    if (url === '/v2/') return reply(response, 200, '{}');
    reply(response, 404, ociError('NAME_UNKNOWN', `no ${url.split('/').slice(2, 5).join('/')}`));
  };
}

const paths = ({ seen }: Origin) =>
  seen.map(({ method, url }) => `${method} ${url}`).filter((line) => !line.endsWith(' /v2/'));

const text = (body: Buffer) => body.toString('utf8');

describe('an upstream below a path', () => {
  const below = (url: string) => [upstreamAt(url, { repositoryPrefix: 'docker-remote' })];

  it('is asked with its path, which client paths leave out', async () => {
    await using origin = await startOrigin(serving('docker-remote/team/app', ONE, BLOB));
    await using egress = await startFixture(origin.url, {
      options: { upstreams: below(origin.url) },
    });
    expect(await egress.ask(`${MANIFEST}/v1`)).toMatchObject({ status: 200, body: ONE.body });
    expect((await egress.ask(BLOB_PATH)).body).toBe(text(BLOB));
    const list = await egress.ask('/v2/team/app/tags/list?n=1');
    expect(JSON.parse(list.body)).toEqual({ name: 'team/app', tags: ['v1'] });
    expect(list.headers['content-length']).toBe(String(list.body.length));
    expect(list.headers.link).toBe('</v2/team/app/tags/list?n=1&last=v1>; rel="next"');
    expect(paths(origin).every((line) => line.includes(' /v2/docker-remote/team/app/'))).toBe(true);
  });

  it('has the names without the path in errors as well', async () => {
    await using origin = await startOrigin(serving('docker-remote/team/app', ONE, BLOB));
    await using egress = await startFixture(origin.url, {
      options: { upstreams: below(origin.url) },
    });
    const { status, body } = await egress.ask('/v2/other/app/tags/list');
    expect([status, JSON.parse(body).errors[0].message]).toEqual([
      404,
      'up.example.com answered 404 Not Found: name_unknown: no other/app',
    ]);
  });

  it('is asked for tokens by the names with the path', async () => {
    await using it = await startTokenRegistry({ anonymous: true });
    await using egress = await startFixture(it.registry.url, {
      options: { upstreams: below(it.registry.url) },
    });
    for (const repository of ['team/app', 'team/other']) {
      expect((await egress.ask(`/v2/${repository}/tags/list`)).status).toBe(200);
    }
    const scopes = it.tokens.seen.map(({ url }) => new URL(url, it.tokens.url).searchParams);
    expect(scopes.map((query) => query.get('scope'))).toEqual([
      'repository:docker-remote/team/app:pull',
      'repository:docker-remote/team/other:pull',
    ]);
  });
});

describe('a request to an upstream below a path', () => {
  it('has the names with the path, and its answer those without it', async () => {
    await using origin = await startOrigin(({ url }, response) =>
      reply(response, 202, '', { location: url.replace(/uploads\/.*/, 'uploads/1?_state=x') }),
    );
    const upstreams = [upstreamAt(origin.url, { repositoryPrefix: 'docker-remote' })];
    await using egress = await startFixture(origin.url, { options: { upstreams } });
    const pass = (path: string) => egress.ask(`/pass${path}`, { method: 'POST', over: 'socket' });
    const got = await pass('/v2/team/app/blobs/uploads/?mount=sha256:x&from=team/base');
    expect(got.headers.location).toBe('/v2/team/app/blobs/uploads/1?_state=x');
    await pass('/v2/');
    await pass('/v2/_catalog?n=1');
    expect(origin.seen.map(({ url }) => decodeURIComponent(url))).toEqual([
      '/v2/docker-remote/team/app/blobs/uploads/?mount=sha256:x&from=docker-remote/team/base',
      '/v2/',
      '/v2/_catalog?n=1',
    ]);
  });
});

describe('mirrors of an upstream', () => {
  const mirrors = (...urls: string[]) =>
    urls.map((url, index) => ({ id: `up:mirror-${index}`, key: `m${index}.example.com`, url }));
  const start = (own: Origin, ...others: Origin[]) =>
    startFixture(own.url, {
      options: {
        upstreams: [upstreamAt(own.url, { mirrors: mirrors(...others.map(({ url }) => url)) })],
      },
    });
  const registry = (blob = BLOB, image = ONE) => startOrigin(serving('team/app', image, blob));

  it('are asked first for tags, digests and blobs, and never for lists', async () => {
    await using own = await registry();
    await using mirror = await registry();
    await using egress = await start(own, mirror);
    expect((await egress.ask(`${MANIFEST}/v1`)).body).toBe(ONE.body);
    expect((await egress.ask(BLOB_PATH)).body).toBe(text(BLOB));
    expect(paths(own)).toEqual([]);
    expect((await egress.ask('/v2/team/app/tags/list')).status).toBe(200);
    expect(paths(own)).toEqual(['GET /v2/team/app/tags/list']);
  });

  it.each([401, 403, 404, 429, 500, 503])('are passed over after a %i', async (status) => {
    await using own = await registry();
    await using first = await startOrigin((_seen, response) => reply(response, status, ''));
    await using second = await registry();
    await using egress = await start(own, first, second);
    expect((await egress.ask(`${MANIFEST}/v1`)).body).toBe(ONE.body);
    expect((await egress.ask(BLOB_PATH)).body).toBe(text(BLOB));
    expect(paths(first).length).toBeGreaterThan(0);
    expect(paths(own)).toEqual([]);
    const metrics = await egress.ask('/metrics', { over: 'socket' });
    expect(metrics.body).toMatch(
      /mirror_misses_total\{upstream="up.example.com",mirror="m0.example.com for up.example.com",reason="[^"]+"\} [1-9]/,
    );
  });

  it('are passed over after a web page', async () => {
    await using own = await registry();
    await using mirror = await startOrigin((_seen, response) =>
      reply(response, 200, '<html>please log in</html>', { 'content-type': 'text/html' }),
    );
    await using egress = await start(own, mirror);
    expect((await egress.ask(`${MANIFEST}/v1`)).body).toBe(ONE.body);
    expect((await egress.ask(BLOB_PATH)).body).toBe(text(BLOB));
  });

  it('are passed over without a listener, and soon not asked any more', async () => {
    await using own = await registry();
    await using mirror = await registry();
    await mirror.pause();
    await using egress = await start(own, mirror);
    expect((await egress.ask(`${MANIFEST}/v1`)).body).toBe(ONE.body);
    expect((await egress.ask(BLOB_PATH)).body).toBe(text(BLOB));
  });

  it('cost one more request when they send wrong bytes', async () => {
    const lie = Buffer.from(BLOB).fill(0, 1000, 2000);
    await using own = await registry();
    await using mirror = await registry(lie, { ...ONE, body: `${ONE.body} ` });
    await using egress = await start(own, mirror);
    expect((await egress.ask(`${MANIFEST}/${ONE.digest}`)).body).toBe(ONE.body);
    expect(paths(mirror)).toEqual([`GET ${MANIFEST}/${ONE.digest}`]);
    expect((await egress.ask(BLOB_PATH)).body).toBe(text(BLOB));
    expect(paths(mirror)).toHaveLength(1);
    expect(egress.log.map(({ msg }) => msg)).toContain('mirror sent wrong bytes and is left alone');
  });

  it('are not asked again for a blob that they sent wrong', async () => {
    const lie = Buffer.from(BLOB).fill(0, 1000, 2000);
    await using own = await registry();
    await using mirror = await registry(lie);
    await using egress = await start(own, mirror);
    expect((await egress.ask(BLOB_PATH)).body).toBe(text(BLOB));
    expect(paths(mirror)).toHaveLength(1);
    expect(paths(own)).toHaveLength(1);
  });

  it('are named in the error if the upstream fails as well', async () => {
    await using own = await registry();
    await using mirror = await startOrigin((_seen, response) => reply(response, 404, ''));
    await own.pause();
    await using egress = await start(own, mirror);
    const { status, body } = await egress.ask(`${MANIFEST}/v1`);
    expect(status).toBe(502);
    expect(JSON.parse(body).errors[0].message).toMatch(
      /^up\.example\.com could not be asked: .* refused the connection \(mirrors: m0\.example\.com for up\.example\.com: status 404\)$/,
    );
  });

  it('use their own credentials, and never the upstream\u2019s', async () => {
    await using own = await registry();
    await using mirror = await startOrigin(({ headers }, response) => {
      const challenge = { 'www-authenticate': 'Basic realm="m"' };
      if (headers.authorization === undefined) return reply(response, 401, '', challenge);
      const serve = serving('team/app', ONE, BLOB);
      return serve({ method: 'GET', url: `${MANIFEST}/v1`, headers, body: '' }, response);
    });
    await using egress = await start(own, mirror);
    const login = (username: string) => ({ kind: 'basic', username, password: 'p' }) as const;
    await egress.setCredentials({ up: login('owner') });
    expect((await egress.ask(`${MANIFEST}/v1`)).status).toBe(200);
    expect(mirror.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    await egress.setCredentials({ up: login('owner'), 'up:mirror-0': login('guest') });
    expect((await egress.ask('/v2/team/app/manifests/v2')).status).toBe(200);
    const shown = mirror.seen.map(({ headers }) => headers.authorization).filter(Boolean);
    expect(new Set(shown)).toEqual(new Set([`Basic ${btoa('guest:p')}`]));
  });

  it('are not asked while the upstream is offline', async () => {
    await using own = await registry();
    await using mirror = await registry();
    const upstreams = [upstreamAt(own.url, { mirrors: mirrors(mirror.url), offline: true })];
    await using egress = await startFixture(own.url, { options: { upstreams } });
    expect((await egress.ask(`${MANIFEST}/v1`)).status).toBe(503);
    expect([...paths(own), ...paths(mirror)]).toEqual([]);
  });
});
