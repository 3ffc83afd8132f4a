import {
  type Appliance,
  type Bundle,
  basicAuthorization,
  createPodmanClient,
  createSkopeoClient,
  type HttpClient,
  makeImage,
  pushBundle,
  type RegistryProcess,
  startTokenService,
  type TokenService,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUpstreams, openStage, pushImage, type Stage, type UpstreamUse } from './stage.ts';
import { askThrough, type ProxyAppliance, startProxy } from './through-proxy.ts';

const USERS = ['ann', 'bob', 'cleo', 'dan'];
const REPOSITORIES = ['one/app', 'two/app', 'three/app', 'four/app'];
/** `ann` has her own and nobody else's; the last repository is for two. */
const GRANTS = new Map([
  ['one/app', ['ann']],
  ['two/app', ['bob']],
  ['three/app', ['cleo']],
  ['four/app', ['dan', 'ann']],
]);
const PASSWORDS = Object.fromEntries([...USERS, 'cache'].map((user) => [user, `of-${user}`]));

let stage: Stage;
let tokens: TokenService;
let upstream: RegistryProcess;
let proxy: ProxyAppliance;
let appliance: Appliance;
let client: HttpClient;
let ca: string;
let uses: Record<string, UpstreamUse>;
const images = new Map<string, Bundle>();

beforeAll(async () => {
  stage = await openStage();
  tokens = stage.use(
    await startTokenService({
      host: stage.network.gateway,
      passwords: PASSWORDS,
      anonymous: false,
    }),
  );
  tokens.policy.mayHave = (user, repository) =>
    user === 'cache' || (GRANTS.get(repository) ?? []).includes(user);
  upstream = await stage.upstream({ tokens: tokens.trust });
  for (const repository of REPOSITORIES) {
    const image = makeImage({ seed: repository });
    const token = await tokens.issue(`repository:${repository}:pull,push`);
    await pushBundle({ url: upstream.url, token }, repository, 'v1', image);
    images.set(repository, image);
  }
  const open = await stage.upstream();
  await pushImage(open, 'team/app', 'v1', { seed: 'open' });
  const auth = Buffer.from('cache:of-cache').toString('base64');
  uses = { 'reg.test': { ...upstream, authorize: 'upstream', entry: { auth } }, 'open.test': open };
  proxy = await startProxy(stage, uses, {
    env: { CONNECT_PROXY: 'on', CERTIFICATE_NAMES: 'cache.test *.cache.test' },
  });
  appliance = proxy.appliance;
  ca = await proxy.ca();
  client = stage.use(appliance.client());
});

afterAll(() => stage[Symbol.asyncDispose]());

const basic = (user: string, password = `of-${user}`) =>
  basicAuthorization({ username: user, password });

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type Way = (path: string, authorization: string | undefined, ask: Ask) => Promise<number>;

const withLogin = (authorization: string | undefined, headers: Ask['headers'] = {}) => ({
  ...headers,
  ...(authorization !== undefined && { authorization }),
});

async function tokenOf(authorization: string | undefined): Promise<string> {
  const given = await client.get('/token', { headers: withLogin(authorization) });
  return `Bearer ${(given.json() as { token: string }).token}`;
}

const WAYS: Readonly<Record<string, Way>> = {
  path: async (path, authorization, { method = 'GET', headers }) => {
    const name = path.replace('/v2/', '/v2/reg.test/');
    return (await client.request(method, name, { headers: withLogin(authorization, headers) }))
      .status;
  },
  'token of the cache': async (path, authorization, { method = 'GET', headers }) => {
    const name = path.replace('/v2/', '/v2/reg.test/');
    const token = await tokenOf(authorization);
    return (await client.request(method, name, { headers: withLogin(token, headers) })).status;
  },
  '?ns=': async (path, authorization, { method = 'GET', headers }) =>
    (
      await client.request(method, `${path}?ns=reg.test`, {
        headers: withLogin(authorization, headers),
      })
    ).status,
  'host name': async (path, authorization, { method = 'GET', headers }) => {
    const host = { host: 'reg.test.cache.test' };
    const all = withLogin(authorization, { ...headers, ...host });
    return (await client.request(method, path, { headers: all })).status;
  },
  HTTPS_PROXY: async (path, authorization, { method = 'GET', headers }) => {
    const all = withLogin(authorization, headers);
    return (await askThrough(proxy, 'reg.test:443', path, { ca, method, headers: all })).status;
  },
};

/** Every kind of request for an image. */
function kindsOf(repository: string): readonly (readonly [string, Ask])[] {
  const { top, blobs } = images.get(repository) ?? makeImage({ seed: '' });
  const base = `/v2/${repository}`;
  const blob = `${base}/blobs/${blobs[0]?.digest}`;
  return [
    [`${base}/manifests/v1`, {}],
    [`${base}/manifests/v1`, { method: 'HEAD' }],
    [`${base}/manifests/${top.digest}`, {}],
    [blob, {}],
    [blob, { method: 'HEAD' }],
    [blob, { headers: { range: 'bytes=0-9' } }],
    [`${base}/tags/list`, {}],
    [`${base}/referrers/${top.digest}`, {}],
  ];
}

const isGood = (status: number) => status < 300;

describe('a registry that decides by itself', () => {
  it('lets each user pull by every way what it may pull there, and nothing else', async () => {
    // A login that was right somewhere is not taken for a guess where it has no right.
    for (const [index, user] of USERS.entries()) {
      const path = `/v2/reg.test/${REPOSITORIES[index]}/manifests/v1`;
      const { status } = await client.get(path, { headers: { authorization: basic(user) } });
      expect(status).toBe(200);
    }
    const leaks: string[] = [];
    const misses: string[] = [];
    for (const [way, ask] of Object.entries(WAYS)) {
      for (const repository of REPOSITORIES) {
        const allowed = GRANTS.get(repository) ?? [];
        // Those who may come first, so that all of it is here and remembered.
        const others = USERS.filter((user) => !allowed.includes(user));
        for (const user of [...allowed, ...others]) {
          for (const [path, how] of kindsOf(repository)) {
            const status = await ask(path, basic(user), how).catch(() => 0);
            const what = `${user} ${way} ${how.method ?? 'GET'} ${path}: ${status}`;
            if (allowed.includes(user) && !isGood(status)) misses.push(what);
            // Wrong logins of one address are limited in time.
            if (!allowed.includes(user) && ![401, 403, 404, 429].includes(status)) leaks.push(what);
          }
        }
        for (const [path, how] of kindsOf(repository)) {
          const status = await ask(path, undefined, how).catch(() => 0);
          if (status !== 401) leaks.push(`nobody ${way} ${path}: ${status}`);
        }
      }
    }
    expect(leaks).toEqual([]);
    expect(misses).toEqual([]);
  });

  it('shows guests in the log with their registry, and no password anywhere', async () => {
    await until('the accesses are logged', async () =>
      (await appliance.accessLog()).some(({ user }) => user === 'reg.test:ann'),
    );
    const all = `${await appliance.logs()}${JSON.stringify(await appliance.accessLog())}`;
    for (const user of USERS) {
      expect(all).not.toContain(`of-${user}`);
      expect(all).not.toContain(Buffer.from(`${user}:of-${user}`).toString('base64'));
    }
  });

  it('is the only one that asks for a login', async () => {
    const path = '/v2/open.test/team/app/manifests/v1';
    expect((await client.get(path)).status).toBe(200);
    expect((await client.get(path, { headers: { authorization: basic('ann') } })).status).toBe(200);
    const { status, headers } = await client.get('/v2/');
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toMatch(/^Bearer realm="https:/);
    const pinged = await askThrough(proxy, 'reg.test:443', '/v2/', { ca });
    expect([pinged.status, pinged.headers['www-authenticate']]).toEqual([
      401,
      'Basic realm="reg.test"',
    ]);
    expect((await client.get('/v2/_catalog')).json()).toEqual({
      repositories: ['open.test/team/app'],
    });
  });

  it('lets podman and skopeo pull with their own logins', async () => {
    await using podman = await createPodmanClient({ ca: appliance.ca });
    expect(
      await podman.login(appliance.registry, { username: 'ann', password: 'of-ann' }),
    ).toMatchObject({ exitCode: 0 });
    const own = await podman.pull(`${appliance.registry}/reg.test/one/app:v1`);
    expect(own).toMatchObject({ exitCode: 0 });
    const other = await podman.pull(`${appliance.registry}/reg.test/two/app:v1`);
    expect(other.exitCode).not.toBe(0);
    expect(await podman.pull(`${appliance.registry}/open.test/team/app:v1`)).toMatchObject({
      exitCode: 0,
    });
    await using anybody = await createPodmanClient({ ca: appliance.ca });
    expect(await anybody.pull(`${appliance.registry}/open.test/team/app:v1`)).toMatchObject({
      exitCode: 0,
    });
    await using skopeo = await createSkopeoClient({
      ca,
      proxy: proxy.url,
      logins: { 'reg.test': { username: 'bob', password: 'of-bob' } },
    });
    expect(await skopeo.copy('reg.test/two/app:v1')).toMatchObject({ exitCode: 0 });
    expect((await skopeo.copy('reg.test/one/app:v1')).exitCode).not.toBe(0);
  });

  it('is asked once for a repository and a login, with the login of nobody else', async () => {
    await upstream.forget();
    const path = '/v2/reg.test/one/app/manifests/v1';
    const headers = { authorization: basic('ann') };
    for (let count = 0; count < 20; count += 1) await client.get(path, { headers });
    const heads = (await upstream.requests()).filter(({ method }) => method === 'HEAD');
    expect(heads.length).toBeLessThanOrEqual(2);
  });

  it('a storm of wrong passwords locks out nobody who was let in', async () => {
    const path = '/v2/reg.test/one/app/manifests/v1';
    const storm = Array.from({ length: 60 }, (_, count) =>
      client.get(path, { headers: { authorization: basic('ann', `guess-${count}`) } }),
    );
    const own = await client.get(path, { headers: { authorization: basic('ann') } });
    expect(own.status).toBe(200);
    const statuses = (await Promise.all(storm)).map(({ status }) => status);
    expect(statuses.filter((status) => ![401, 429, 503].includes(status))).toEqual([]);
    expect(statuses.filter((status) => status !== 401).length).toBeGreaterThan(0);
  });

  it('gives nothing to a login that it has never confirmed while it is down', async () => {
    const path = '/v2/reg.test/four/app/manifests/v1';
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect((await client.get(path, { headers: { authorization: basic('ann') } })).status).toBe(200);
    await upstream.stop();
    try {
      const known = await client.get(path, { headers: { authorization: basic('ann') } });
      expect(known.status).toBe(200);
      const stranger = await client.get(path, { headers: { authorization: basic('bob', 'new') } });
      expect(stranger.status).toBe(503);
      expect(stranger.headers['retry-after']).toBeDefined();
    } finally {
      await upstream.start();
    }
  });
});

describe('with rules and users of the cache', () => {
  it('users go by the rules, a deny counts for guests, and a known name is never tried', async () => {
    const { upstreams } = JSON.parse(describeUpstreams(uses).policyYaml);
    const rules = [
      { images: ['reg.test/one/**'], deny: ['pull', 'fetch'], because: 'moved' },
      { images: ['reg.test/two/**'], users: ['nobody'], allow: ['pull', 'fetch'] },
    ];
    await appliance.writePolicy(JSON.stringify({ upstreams, access: { rules } }));
    const ask = async (path: string, authorization: string) => {
      await using anew = appliance.client();
      return await anew.get(path, { headers: { authorization } });
    };
    const one = '/v2/reg.test/one/app/manifests/v1';
    await until('the rules count', async () => (await ask(one, basic('ann'))).status === 403);
    expect((await ask(one, basic('ann'))).text()).toContain(
      'reg.test:ann may not pull reg.test/one/app:v1 (rule 1: moved)',
    );
    expect((await ask('/v2/reg.test/two/app/manifests/v1', basic('bob'))).status).toBe(200);
    expect((await ask('/v2/open.test/team/app/manifests/v1', basic('bob'))).status).toBe(403);
  });
});

describe('with users of the cache, and a login for the proxy', () => {
  let own: ProxyAppliance;

  beforeAll(async () => {
    own = await startProxy(stage, uses, {
      env: { CONNECT_PROXY: 'on' },
      passwords: { eve: 'of-eve' },
    });
  });

  const statusOf = async (path: string, authorization: string) => {
    await using anew = own.appliance.client();
    return (await anew.get(path, { headers: { authorization } })).status;
  };

  it('users pull as before, and guests from their own registry alone', async () => {
    const path = '/v2/reg.test/two/app/manifests/v1';
    const open = '/v2/open.test/team/app/manifests/v1';
    expect(await statusOf(path, basic('eve'))).toBe(200);
    expect(await statusOf(open, basic('eve'))).toBe(200);
    expect(await statusOf(path, basic('bob'))).toBe(200);
    expect(await statusOf(open, basic('bob'))).toBe(401);
    expect(await statusOf('/v2/_catalog', basic('bob'))).toBe(401);
  });

  it('a wrong password of a user is not shown to the registry', async () => {
    tokens.requests.length = 0;
    expect(await statusOf('/v2/reg.test/two/app/manifests/v1', basic('eve', 'mistyped'))).toBe(401);
    expect(tokens.requests.filter(({ username }) => username === 'eve')).toEqual([]);
  });

  it('the proxy takes its users alone, and the registry its own logins and tokens', async () => {
    const path = '/v2/two/app/manifests/v1';
    const through = async (login: string, headers: Record<string, string>) => {
      const options = { ca: await own.ca(), login, headers };
      return (await askThrough(own, 'reg.test:443', path, options)).status;
    };
    await expect(through('bob:of-bob', { authorization: basic('bob') })).rejects.toThrow(/407/);
    expect(await through('eve:of-eve', {})).toBe(401);
    expect(await through('eve:of-eve', { authorization: basic('eve') })).toBe(401);
    expect(await through('eve:of-eve', { authorization: basic('bob') })).toBe(200);
    const scope = 'repository:two/app:pull';
    const token = await tokens.issue(scope);
    expect(await through('eve:of-eve', { authorization: `Bearer ${token}` })).toBe(200);
    const other = await tokens.issue('repository:one/app:pull');
    expect(await through('eve:of-eve', { authorization: `Bearer ${other}` })).toBe(401);
  });
});
