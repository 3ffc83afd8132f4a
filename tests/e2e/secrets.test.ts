import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Appliance,
  createPodmanClient,
  makeHtpasswd,
  makeImage,
  pushBundle,
  type RegistryProcess,
  startTokenService,
  type TokenService,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listPrograms } from './inside.ts';
import { describeUpstreams, openStage, type Stage } from './stage.ts';

const OLD = 'old-S3cret/of:the+robot';
const NEW = 'new-S3cret/of:the+robot';
const WRONG = 'wrong-S3cret';
const REFRESH = 'refresh-S3cret';
const PRIVATE = makeImage({ seed: 'private' });
let stage: Stage;
let basic: RegistryProcess;
let bearer: RegistryProcess;
let tokens: TokenService;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  basic = await stage.upstream({ passwords: { robot: OLD } });
  const credentials = { username: 'robot', password: OLD };
  await pushBundle({ ...basic, credentials }, 'team/app', 'v1', PRIVATE);
  tokens = await startTokenService({ host, passwords: { robot: OLD }, anonymous: false });
  stage.use(tokens);
  tokens.policy.refreshTokens.set(REFRESH, 'robot');
  bearer = await stage.upstream({ tokens: tokens.trust });
  const token = await tokens.issue('repository:team/app:pull,push');
  await pushBundle({ ...bearer, token }, 'team/app', 'v1', PRIVATE);
  appliance = await stage.appliance(upstreamsWith(OLD));
});

afterAll(() => stage[Symbol.asyncDispose]());

function upstreamsWith(password: string) {
  const auth = Buffer.from(`robot:${password}`).toString('base64');
  return {
    'basic.test': { url: basic.url, entry: { auth } },
    'bearer.test': { url: bearer.url, entry: { username: 'robot', password } },
    'identity.test': { url: bearer.url, entry: { identitytoken: REFRESH } },
    'wrong.test': { url: basic.url, entry: { username: 'robot', password: WRONG } },
  };
}

/** Pid and name of the serving programs. A changed pull secret must start none of them again. */
async function servingPrograms() {
  const programs = await listPrograms(appliance);
  return programs.filter(({ name }) => /^(?:engine-|egress|nginx|haproxy)/.test(name));
}

describe('a changed password', () => {
  it('works from the next request on, without a restart', async () => {
    await using client = appliance.client();
    const statuses = () =>
      Promise.all(
        ['basic.test', 'bearer.test'].map(async (name) => {
          // This request always goes to the upstream.
          const answer = await client.get(`/v2/${name}/team/app/tags/list`);
          return answer.status;
        }),
      );
    expect(await statuses()).toEqual([200, 200]);
    const before = await servingPrograms();
    expect(before.filter(({ name }) => name.startsWith('engine-'))).toHaveLength(4);

    await writeFile(
      join(dirname(basic.storageDir), 'htpasswd'),
      await makeHtpasswd({ robot: NEW }),
    );
    tokens.policy.passwords.set('robot', NEW);
    expect((await statuses())[0]).toBe(401);
    await appliance.writePullSecret(describeUpstreams(upstreamsWith(NEW)).pullSecret);
    await until('the new password is used', async () => (await statuses())[0] === 200);
    expect(await statuses()).toEqual([200, 200]);
    tokens.requests.length = 0;
    // The first request for a repository fetches a token with the new password.
    await client.get('/v2/bearer.test/team/fresh/tags/list');
    expect(tokens.requests).toMatchObject([{ password: NEW, status: 200 }]);

    await using podman = await createPodmanClient({ ca: appliance.ca });
    const pulled = await podman.pull(`${appliance.registry}/basic.test/team/app:v1`);
    expect(pulled).toMatchObject({ exitCode: 0 });
    expect(await servingPrograms()).toEqual(before);
  });
});

describe('a secret', () => {
  const spellings = (text: string) => [text, text.slice(3), encodeURIComponent(text)];
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const operators = [OLD, NEW, WRONG, REFRESH].flatMap(spellings);
  const secrets = [...operators, ...[OLD, NEW, WRONG].map((text) => base64(`robot:${text}`))];
  const read = async (script: string) => (await appliance.exec(['sh', '-c', script])).stdout;
  const bootSecret = async () => (await read('cat /run/registry-cache/secrets/boot-secret')).trim();
  /** Also looks for the boot secret, and for Basic credentials made of it. */
  const foundIn = async (text: string) => {
    const boot = await bootSecret();
    expect(boot.length).toBeGreaterThan(20);
    const ids = Object.keys(upstreamsWith(''));
    const ours = [boot, ...ids.map((id) => base64(`${id}:${boot}`))];
    return [...secrets, ...ours].filter((secret) => text.includes(secret));
  };

  it('is in no log line, also after errors', async () => {
    await using client = appliance.client();
    for (const name of Object.keys(upstreamsWith(''))) {
      await client.get(`/v2/${name}/team/app/manifests/v1`);
      await client.get(`/v2/${name}/team/none/manifests/v1`);
    }
    await appliance.writePullSecret(`{"auths": {"basic.test": {"auth": ${OLD}}}}`);
    await until('the broken pull secret is noticed', async () =>
      (await appliance.logs()).includes('/pull-secret.json'),
    );
    await appliance.writePullSecret({
      auths: { 'basic.test': { username: 'robot', password: [NEW], auth: WRONG } },
    });
    await until('the next one too', async () => (await appliance.logs()).includes('.password'));
    const logs = await appliance.logs();
    expect(logs).toContain('wrong.test');
    expect(await foundIn(logs)).toEqual([]);
    expect(await foundIn(await read('cat /run/registry-cache/log/access.log*'))).toEqual([]);
  });

  it('is not in an argument list or an environment', async () => {
    const seen = await read('cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr "\\0" "\\n"');
    expect(seen).toContain('egress.json');
    expect(await foundIn(seen)).toEqual([]);
  });

  it('is not in a file that everyone may read', async () => {
    const folders = '/run /tmp /var /etc /certs';
    const contents = (mode: string) =>
      read(`find ${folders} -xdev -type f ${mode} -size -1000k -exec cat {} + 2>/dev/null`);
    expect(await foundIn(await contents('-perm -o=r'))).toEqual([]);
    // The search does find the secrets in the files that need them. The last pull secret named
    // fewer upstreams, so their credentials were removed.
    await appliance.writePullSecret(describeUpstreams(upstreamsWith(NEW)).pullSecret);
    const credentials = 'cat /run/registry-cache/secrets/credentials.json';
    await until('it is used again', async () => (await read(credentials)).includes(REFRESH));
    const found = await foundIn(await contents('! -perm -o=r -path "/run/registry-cache/*"'));
    expect(found).toEqual(expect.arrayContaining([NEW, WRONG, REFRESH, await bootSecret()]));
  });
});
