import {
  createCertificateAuthority,
  createPodmanClient,
  createSkopeoClient,
  makeImage,
  pushBundle,
  startTokenService,
  type TokenService,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';
import {
  askThrough,
  openTunnel,
  type ProxyAppliance,
  proxyAuthorization,
  startProxy,
} from './through-proxy.ts';

const ALICE = { username: 'alice', password: 'pa:ss w%rd' };
const ROBOT = 'glpat-S3cret/of:the+robot';
const JSON_KEY = '{"type": "service_account",\n "private_key": "-----B: x;y----"}';
const IMAGE = makeImage({ seed: 'private' });
let stage: Stage;
let tokens: TokenService;
let others: TokenService;
let proxy: ProxyAppliance;

/** HTTPS_PROXY with a login, in the form for clients. */
function proxyUrl({ username, password } = ALICE): string {
  return proxy.url.replace('//', `//${username}:${encodeURIComponent(password)}@`);
}

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  const authority = await createCertificateAuthority();
  const tls = await authority.issue({ names: [host] });
  const ca = authority.certificatePem;
  // As at GitLab, the registry names a token service on another host.
  tokens = stage.use(
    await startTokenService({ host, tls, passwords: { robot: ROBOT }, anonymous: false }),
  );
  others = stage.use(await startTokenService({ host, anonymous: true }));
  const behindTokens = await stage.upstream({ tokens: tokens.trust });
  const token = await tokens.issue('repository:team/app:pull,push');
  await pushBundle({ ...behindTokens, token }, 'team/app', 'v1', IMAGE);
  const elsewhere = await stage.upstream({ tokens: others.trust });
  const google = await stage.upstream({ passwords: { _json_key: JSON_KEY } });
  const credentials = { username: '_json_key', password: JSON_KEY };
  await pushBundle({ ...google, credentials }, 'team/app', 'v1', IMAGE);
  const login = (key: string, user: string, password: string) => [key, user, password].join(':::');
  proxy = await startProxy(
    stage,
    {
      'gitlab.test': { url: behindTokens.url, ca },
      'untied.test': { url: behindTokens.url, ca, realms: [] },
      'elsewhere.test': { url: elsewhere.url },
      'google.test': { url: google.url },
    },
    {
      passwords: { [ALICE.username]: ALICE.password },
      env: {
        REGISTRIES: 'gitlab.test untied.test elsewhere.test google.test',
        CONNECT_OTHERS: 'refuse',
        AUTH_REGISTRIES_DELIMITER: ';;;',
        AUTH_REGISTRY_DELIMITER: ':::',
        AUTH_REGISTRIES: [
          login(`${host}:${tokens.port}`, 'robot', ROBOT),
          login('google.test', '_json_key', JSON_KEY),
        ].join(';;;'),
      },
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('a cache that asks for a login', () => {
  it('opens a tunnel for a client with a login only, and logs its user', async () => {
    const target = 'google.test:443';
    const tries = [[], ['Proxy-Authorization: Basic YWxpY2U6d3Jvbmc=']];
    for (const headers of tries) {
      const { status, answer } = await openTunnel(proxy, target, { headers });
      expect([status, answer]).toEqual([407, expect.stringMatching(/proxy-authenticate: Basic/i)]);
    }
    const ca = await proxy.ca();
    const login = `${ALICE.username}:${ALICE.password}`;
    for (let times = 0; times < 2; times += 1) {
      const found = await askThrough(proxy, target, '/v2/team/app/manifests/v1', { ca, login });
      expect(found.status).toBe(200);
    }
    const users = async () => {
      const lines = await proxy.appliance.accessLog();
      return lines.filter(({ kind }) => kind === 'manifest').map(({ user }) => user);
    };
    await expect.poll(users).toEqual([ALICE.username, ALICE.username]);
  });

  it('accepts podman and skopeo with a login in HTTPS_PROXY, and refuses them without', async () => {
    const ca = await proxy.ca();
    await using podman = await createPodmanClient({ ca, proxy: proxyUrl() });
    expect(await podman.pull('google.test/team/app:v1')).toMatchObject({ exitCode: 0 });
    await using stranger = await createSkopeoClient({ ca, proxy: proxy.url });
    const refused = await stranger.copy('google.test/team/app:v1');
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain('Proxy Authentication Required');
  });

  it('limits wrong passwords by 429, and still accepts a known login', async () => {
    const ca = await proxy.ca();
    const target = 'google.test:443';
    const login = `${ALICE.username}:${ALICE.password}`;
    const ask = () => askThrough(proxy, target, '/v2/', { ca, login });
    expect(await ask()).toMatchObject({ status: 200 });
    const guesses = Array.from({ length: 60 }, async (_, index) => {
      const headers = [proxyAuthorization(`${ALICE.username}:wrong${index}`)];
      const { status, answer, socket } = await openTunnel(proxy, target, { headers });
      socket.destroy();
      return { status, answer };
    });
    expect(await ask()).toMatchObject({ status: 200 });
    const answers = await Promise.all(guesses);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([407, 429]));
    const judged = answers.filter(({ status }) => status === 407);
    expect(judged.length).toBeLessThan(30);
    const limited = answers.find(({ status }) => status === 429)?.answer;
    expect(limited).toMatch(/retry-after: 1/i);
    expect(limited).toContain('too many wrong passwords came from this address');
  });

  it('refuses other hosts if its settings say so', async () => {
    const headers = [
      `Proxy-Authorization: Basic ${Buffer.from(`${ALICE.username}:${ALICE.password}`).toString('base64')}`,
    ];
    const { status } = await openTunnel(proxy, 'other.test:443', { headers });
    expect(status).toBe(403);
  });
});

describe('credentials of the environment', () => {
  it('are used at their own token service only', async () => {
    const ca = await proxy.ca();
    await using skopeo = await createSkopeoClient({ ca, proxy: proxyUrl() });
    // The cache pulls with its own login, so the client needs none.
    const pulled = await skopeo.copy('gitlab.test/team/app:v1');
    expect(pulled.stderr).toBe('');
    expect(tokens.requests.filter(({ status }) => status === 200)).not.toEqual([]);
    tokens.requests.length = 0;
    const untied = await skopeo.copy('untied.test/team/app:v1');
    expect(untied.exitCode).not.toBe(0);
    const logins = tokens.requests.map(({ password }) => password);
    expect(logins.length).toBeGreaterThan(0);
    expect(logins).not.toContain(ROBOT);
    const bearer = await skopeo.copy('elsewhere.test/team/app:v1');
    expect(bearer.exitCode).not.toBe(0);
    const seen = others.requests.map(({ password }) => password);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.filter((password) => password !== undefined)).toEqual([]);
  });

  it('are in no environment, no argument list, no log, and no file that everyone may read', async () => {
    const run = async (script: string) =>
      (await proxy.appliance.exec(['sh', '-c', script], { user: '0' })).stdout;
    const processes = await run(
      // This shell and its children are left out: podman exec gives them the container's variables.
      'for p in /proc/[0-9]*; do parent=$(cut -d " " -f 4 $p/stat); [ $p = /proc/$$ ] || [ "$parent" = $$ ] || cat $p/cmdline $p/environ; done 2>/dev/null | tr "\\0" "\\n"',
    );
    const files = await run(
      'find /run /tmp /etc -xdev -type f -perm -o=r -size -1000k -exec cat {} + 2>/dev/null',
    );
    const closed = await run('cat /run/registry-cache/secrets/*');
    expect(closed).toContain(ROBOT);
    const told = [processes, files, await proxy.appliance.logs()].join('\n');
    const secrets = [ROBOT, 'service_account', ALICE.password];
    expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
  });

  it('survive a change of the pull secret', async () => {
    const read = async (file: string) =>
      (await proxy.appliance.exec(['cat', `/run/registry-cache/${file}`], { user: '0' })).stdout;
    const names = ['gitlab.test', 'untied.test', 'elsewhere.test', 'google.test', 'more.test'];
    const auths = Object.fromEntries(names.map((name) => [name, {}]));
    await proxy.appliance.writePullSecret({ auths });
    await until('more is served', async () =>
      (await read('etc/haproxy/names.map')).includes('more.'),
    );
    expect(await read('secrets/credentials.json')).toContain(ROBOT);
  });
});
