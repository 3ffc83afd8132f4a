import { generateKeyPairSync } from 'node:crypto';
import {
  type Appliance,
  basicAuthorization,
  createPodmanClient,
  createSkopeoClient,
  type HttpClient,
  type OpenIdIssuer,
  type RegistryProcess,
  startOpenIdIssuer,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';
import { askThrough, type ProxyAppliance, startProxy } from './through-proxy.ts';

const PATH = '/v2/reg.test/team/app/manifests/v1';
let stage: Stage;
let upstream: RegistryProcess;
let issuer: OpenIdIssuer;
let proxy: ProxyAppliance;
let appliance: Appliance;
let client: HttpClient;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  await pushImage(upstream, 'team/app', 'v1', { seed: 'issuers' });
  issuer = stage.use(await startOpenIdIssuer({ host: stage.network.gateway }));
  proxy = await startProxy(
    stage,
    { 'reg.test': upstream },
    { policyYaml: policy([KUBERNETES, CI]), env: { CONNECT_PROXY: 'on' } },
  );
  appliance = proxy.appliance;
  client = stage.use(appliance.client());
});

afterAll(() => stage[Symbol.asyncDispose]());

const KUBERNETES = {
  audience: 'registry-cache',
  user: 'sub',
  groups: 'groups',
  require: { 'kubernetes.io/namespace': 'prod' },
};
const CI = {
  audience: 'ci-cache',
  user: 'project_path',
  require: { namespace_path: 'group' },
  prefix: 'gitlab:',
};
const POD = {
  sub: 'system:serviceaccount:prod:default',
  'kubernetes.io': { namespace: 'prod', serviceaccount: { name: 'default', uid: 'x' } },
};

function policy(issuers: readonly object[]): string {
  const { upstreams } = JSON.parse(describeUpstreams({ 'reg.test': upstream }).policyYaml);
  const entries = issuers.map((entry) => ({ issuer: issuer.url, ...entry }));
  return JSON.stringify({ upstreams, authentication: { issuers: entries } });
}

const login = (password: string) => ({ username: 'anything', password });
const basic = (password: string) => basicAuthorization(login(password));

/** Asks on a new connection, which reaches the edge's new process. */
async function ask(authorization: string, path = PATH): Promise<number> {
  await using anew = appliance.client();
  return (await anew.get(path, { headers: { authorization } })).status;
}

async function loggedUsers(): Promise<readonly unknown[]> {
  return (await appliance.accessLog())
    .filter(({ status }) => status === 200)
    .map(({ user }) => user);
}

describe('issuers without an htpasswd file', () => {
  it('are a login: requests without one are challenged', async () => {
    const { status, headers } = await client.get(PATH);
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('Basic realm=');
  });

  it('a token of a pod is a password, and a Bearer token, and the log has its user', async () => {
    const token = await issuer.sign(POD);
    for (const authorization of [basic(token), basic(token), `Bearer ${token}`]) {
      expect(await ask(authorization)).toBe(200);
    }
    await until('the accesses are logged', async () => (await loggedUsers()).length >= 3);
    expect(new Set(await loggedUsers())).toEqual(new Set([POD.sub]));
  });

  it('a token of a CI job counts for its own audience, with the prefix', async () => {
    const job = { project_path: 'group/app', namespace_path: 'group' };
    expect(await ask(basic(await issuer.sign({ ...job, aud: 'ci-cache' })))).toBe(200);
    expect(await ask(basic(await issuer.sign(job)))).toBe(401);
    await until('the access is logged', async () =>
      (await loggedUsers()).includes('gitlab:group/app'),
    );
  });

  it('is asked for tokens of the cache by GET and by POST, which end with its own', async () => {
    const password = await issuer.sign({ ...POD, exp: Math.floor(Date.now() / 1_000) + 100 });
    const form = new URLSearchParams({ grant_type: 'password', ...login(password) });
    const answers = [
      await client.get('/token', { headers: { authorization: basic(password) } }),
      await client.request('POST', '/token', {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: form.toString(),
      }),
    ];
    for (const answer of answers) {
      const { token, expires_in: seconds } = answer.json() as { token: string; expires_in: number };
      expect(seconds).toBeGreaterThan(50);
      expect(seconds).toBeLessThanOrEqual(100);
      expect(await ask(`Bearer ${token}`)).toBe(200);
    }
  });

  it('the edge forgets a token when it ends, however often it is used', async () => {
    const end = Math.floor(Date.now() / 1_000) + 4;
    const token = await issuer.sign({ ...POD, exp: end });
    while (Date.now() < end * 1_000 - 500) expect(await ask(basic(token))).toBe(200);
    await until('the token is refused', async () => (await ask(basic(token))) === 401);
    expect(Date.now()).toBeLessThan(end * 1_000 + 5_000);
    expect(await ask(`Bearer ${token}`)).toBe(401);
  });

  it('counts at the proxy too, for its own log', async () => {
    const token = await issuer.sign({ ...POD, jti: 'proxy' });
    const options = { ca: await proxy.ca(), login: `anything:${token}` };
    for (let count = 0; count < 2; count += 1) {
      const path = '/v2/team/app/manifests/v1';
      expect(await askThrough(proxy, 'reg.test:443', path, options)).toMatchObject({ status: 200 });
    }
    const wrong = await issuer.sign({ ...POD, aud: 'other' });
    await expect(
      askThrough(proxy, 'reg.test:443', '/v2/', { ...options, login: `x:${wrong}` }),
    ).rejects.toThrow(/407/);
  });

  it('lets podman and skopeo pull', async () => {
    const token = await issuer.sign(POD);
    await using podman = await createPodmanClient({ ca: appliance.ca });
    expect(await podman.login(appliance.registry, login(token))).toMatchObject({ exitCode: 0 });
    const pulled = await podman.pull(`${appliance.registry}/reg.test/team/app:v1`);
    expect(pulled).toMatchObject({ exitCode: 0 });
    await using skopeo = await createSkopeoClient({
      ca: appliance.ca,
      logins: { [appliance.registry]: login(token) },
    });
    const listed = await skopeo.listTags(`${appliance.registry}/reg.test/team/app`);
    expect(JSON.parse(listed.stdout)).toMatchObject({ Tags: ['v1'] });
  });

  it('refuses tokens of others, and the log has the reason and never the token', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const unsigned = [{ alg: 'none' }, { iss: issuer.url, ...POD, exp: 9_999_999_999 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const wrong = [
      await issuer.sign(POD, { key: other }),
      await issuer.sign({ ...POD, aud: ['a', 'b'] }),
      await issuer.sign({ ...POD, 'kubernetes.io': { namespace: 'test' } }),
      await issuer.sign({ ...POD, iss: 'https://other.test' }),
      await issuer.sign(POD, { header: { kid: '../../etc/passwd' } }),
      `${unsigned}.`,
    ];
    for (const token of wrong) {
      expect(await ask(basic(token))).toBe(401);
      expect(await ask(`Bearer ${token}`)).toBe(401);
    }
    const logs = await appliance.logs();
    expect(logs).toContain('credentials refused');
    for (const token of wrong) expect(logs).not.toContain(token.slice(-40));
  });

  it('follows a new key, and keeps the keys while the issuer is down', async () => {
    const before = await issuer.sign({ ...POD, jti: 'before' });
    expect(await ask(basic(before))).toBe(200);
    await issuer.rotate();
    const after = await issuer.sign({ ...POD, jti: 'after' });
    await until('the new key counts', async () => (await ask(basic(after))) === 200);
    await issuer.server.pause();
    try {
      expect(await ask(basic(await issuer.sign({ ...POD, jti: 'down' })))).toBe(200);
    } finally {
      await issuer.server.resume();
    }
  });
});

describe('with rules of access', () => {
  const rules = {
    groups: { own: ['nobody'] },
    rules: [
      { images: ['reg.test/**'], allow: ['pull', 'fetch'], users: ['group:ops', 'group:own'] },
      { images: ['reg.test/**'], deny: ['pull', 'fetch'], users: ['group:banned'] },
    ],
  };

  it('groups of a token count by every way in, and fill no group of the policy', async () => {
    const text = JSON.parse(policy([KUBERNETES]));
    await appliance.writePolicy(JSON.stringify({ ...text, access: rules }));
    const ops = await issuer.sign({ ...POD, groups: ['x', 'ops'] });
    const own = await issuer.sign({ ...POD, groups: ['own'] });
    const banned = await issuer.sign({ ...POD, groups: ['ops', 'banned'] });
    await until('the rules count', async () => (await ask(basic(own))) === 403);
    const ca = await proxy.ca();
    for (const [password, status] of [
      [ops, 200],
      [own, 403],
      [banned, 403],
    ] as const) {
      const answer = await client.get('/token', { headers: { authorization: basic(password) } });
      const { token } = answer.json() as { token: string };
      for (const authorization of [basic(password), `Bearer ${password}`, `Bearer ${token}`]) {
        expect(await ask(authorization)).toBe(status);
        expect(await ask(authorization)).toBe(status);
      }
      const options = { ca, login: `anything:${password}` };
      const path = '/v2/team/app/manifests/v1';
      expect(await askThrough(proxy, 'reg.test:443', path, options)).toMatchObject({ status });
    }
  });
});

describe('a token with many groups', () => {
  const groupsOf = (count: number) =>
    Array.from({ length: count }, (_, index) => `team-${index}-of-the-platform-department`);
  const through = async (groups: string[]) =>
    askThrough(proxy, 'reg.test:443', '/v2/team/app/manifests/v1', {
      ca: await proxy.ca(),
      login: `anything:${await issuer.sign({ ...POD, groups })}`,
    });

  it('counts by every way in with all of them', async () => {
    const groups = [...groupsOf(250), 'ops'];
    expect(await ask(basic(await issuer.sign({ ...POD, groups })))).toBe(200);
    expect(await through(groups)).toMatchObject({ status: 200 });
    expect(await through([...groups, 'banned'])).toMatchObject({ status: 403 });
  });

  it('is refused by the proxy in words if it is too long', async () => {
    await expect(through(groupsOf(500))).rejects.toThrow(/ 407 /);
    await expect(through(groupsOf(2_000))).rejects.toThrow(/ 431 .*at most \d+ bytes/s);
  });
});

describe('when the policy changes', () => {
  it('logins and tokens of a removed issuer end, and a broken file changes nothing', async () => {
    await appliance.writePolicy(policy([KUBERNETES, CI]));
    const password = await issuer.sign({ ...POD, jti: 'removed' });
    await until('no rule counts', async () => (await ask(basic(password))) === 200);
    const answer = await client.get('/token', { headers: { authorization: basic(password) } });
    const { token } = answer.json() as { token: string };
    const statuses = async () => [await ask(basic(password)), await ask(`Bearer ${token}`)];
    expect(await statuses()).toEqual([200, 200]);
    await appliance.writePolicy('authentication: {issuers: [{issuer: nonsense}]}');
    await until('the file is refused', async () =>
      (await appliance.logs()).includes('authentication.issuers[0].issuer'),
    );
    expect(await statuses()).toEqual([200, 200]);
    await appliance.writePolicy(policy([CI]));
    await until('the issuer is gone', async () => (await ask(basic(password))) === 401);
    expect(await statuses()).toEqual([401, 401]);
    await appliance.writePolicy(policy([]));
    await until('nobody has to log in', async () => (await ask('')) === 200);
  });
});
