import {
  type Appliance,
  basicAuthorization,
  createPodmanClient,
  createSkopeoClient,
  type HttpClient,
  type RegistryProcess,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, pushImage, type Stage } from './stage.ts';

const ANN = { username: 'ann', password: 'correct: horse §' };
const BOB = { username: 'bob', password: 'battery' };
let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
let client: HttpClient;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  await pushImage(upstream, 'team/app', 'v1', { seed: 'auth' });
  appliance = await stage.appliance(
    { 'reg.test': upstream },
    {
      passwords: { [ANN.username]: ANN.password, [BOB.username]: BOB.password },
      env: { REGISTRY_AUTH_HTPASSWD_REALM: 'Team $HOME 100%' },
    },
  );
  client = stage.use(appliance.client());
});

afterAll(() => stage[Symbol.asyncDispose]());

async function supervisedPid(program: string): Promise<string> {
  const configuration = '/run/registry-cache/etc/supervisor/supervisord.conf';
  const { stdout } = await appliance.exec(['supervisorctl', '-c', configuration, 'pid', program]);
  return stdout.trim();
}

async function signal(pid: string, name: string): Promise<void> {
  const { exitCode, stderr } = await appliance.exec(['sh', '-c', `kill -${name} ${pid}`]);
  if (exitCode !== 0) throw new Error(`kill -${name} ${pid}: ${stderr}`);
}

const authorization = (value: string) => ({ headers: { authorization: value } });

describe('authentication at the edge', () => {
  it('challenges every request but those for tokens, for Basic and for Bearer', async () => {
    for (const path of [
      '/v2/',
      '/v2/reg.test/team/app/manifests/v1',
      '/v2/nosuch.io/a/tags/list',
    ]) {
      const answer = await client.get(path);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('Basic realm="Team $HOME 100%"');
      expect(answer.headers['www-authenticate']).toContain(
        `Bearer realm="https://${appliance.registry}/token",service="registry-cache"`,
      );
      expect(answer.json()).toMatchObject({ errors: [{ code: 'UNAUTHORIZED' }] });
      expect(answer.text()).not.toContain('reg.test');
    }
  });

  it('names the scope as the client sees the repository', async () => {
    const answer = await client.get('/v2/reg.test/team/app/manifests/v1');
    expect(answer.headers['www-authenticate']).toContain(
      'scope="repository:reg.test/team/app:pull"',
    );
  });

  it('takes Basic credentials and logs the user, never the password', async () => {
    const answer = await client.get('/v2/', authorization(basicAuthorization(ANN)));
    expect(answer.status).toBe(200);
    const wrong = basicAuthorization({ ...ANN, password: 'wrong' });
    expect((await client.get('/v2/', authorization(wrong))).status).toBe(401);
    await until('the access is logged', async () =>
      (await appliance.accessLog()).some(({ user, status }) => user === 'ann' && status === 200),
    );
    const { stdout } = await appliance.exec(['cat', '/run/registry-cache/log/access.log']);
    const everything = stdout + (await appliance.logs());
    expect(everything).not.toContain('horse');
    expect(everything).not.toContain(basicAuthorization(ANN).slice(6));
  });

  it('issues tokens by GET and by POST, and accepts them by itself', async () => {
    const byGet = await client.get(
      '/token?service=registry-cache&scope=repository:reg.test/team/app:pull',
      authorization(basicAuthorization(BOB)),
    );
    expect(byGet.status).toBe(200);
    const form = new URLSearchParams({
      grant_type: 'password',
      service: 'registry-cache',
      client_id: 'containerd-client',
      ...BOB,
    });
    const byPost = await client.request('POST', '/token', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    expect(byPost.status).toBe(200);
    for (const { token, access_token: accessToken } of [byGet.json(), byPost.json()] as {
      token?: string;
      access_token?: string;
    }[]) {
      const bearer = `Bearer ${token ?? accessToken}`;
      const answer = await client.get('/v2/reg.test/team/app/tags/list', authorization(bearer));
      expect(answer.status).toBe(200);
      const forged = `${bearer.slice(0, -6)}${bearer.endsWith('AAAAAA') ? 'BBBBBB' : 'AAAAAA'}`;
      expect((await client.get('/v2/', authorization(forged))).status).toBe(401);
    }
    expect((await client.get('/token')).status).toBe(401);
  });

  it('computes bcrypt once for credentials that it knows', async () => {
    const known = authorization(basicAuthorization(ANN));
    expect((await client.get('/v2/', known)).status).toBe(200);
    const worker = await supervisedPid('auth');
    await signal(worker, 'STOP');
    try {
      for (let count = 0; count < 50; count += 1) {
        expect((await client.get('/v2/', known)).status).toBe(200);
      }
    } finally {
      await signal(worker, 'CONT');
    }
  });

  it('lets podman pull after a login at its real prompt, and not before', async () => {
    await using podman = await createPodmanClient({ ca: appliance.ca });
    const reference = `${appliance.registry}/reg.test/team/app:v1`;
    const refused = await podman.pull(reference);
    expect(refused.exitCode).not.toBe(0);
    const wrong = await podman.login(appliance.registry, { ...ANN, password: 'wrong' });
    expect(wrong.exitCode).not.toBe(0);
    const right = await podman.login(appliance.registry, ANN);
    expect(right).toMatchObject({ exitCode: 0 });
    expect(await podman.pull(reference)).toMatchObject({ exitCode: 0 });
  });

  it('accepts skopeo with a stored login', async () => {
    await using skopeo = await createSkopeoClient({
      ca: appliance.ca,
      logins: { [appliance.registry]: BOB },
    });
    const listed = await skopeo.listTags(`${appliance.registry}/reg.test/team/app`);
    expect(JSON.parse(listed.stdout)).toMatchObject({ Tags: ['v1'] });
  });

  it('follows the htpasswd file: a removed user and an old password are refused', async () => {
    expect((await client.get('/v2/', authorization(basicAuthorization(BOB)))).status).toBe(200);
    await appliance.writeHtpasswd({ [ANN.username]: 'new' });
    const changed = basicAuthorization({ ...ANN, password: 'new' });
    await until('the new password works', async () => {
      return (await client.get('/v2/', authorization(changed))).status === 200;
    });
    for (const old of [ANN, BOB]) {
      await until(`${old.username} is refused`, async () => {
        return (await client.get('/v2/', authorization(basicAuthorization(old)))).status === 401;
      });
    }
  });

  it('refuses malformed credentials and keeps working', async () => {
    for (const value of ['Basic', 'Basic !!!', 'Bearer x.y.z', 'Negotiate abc', 'Basic OnB3', '']) {
      expect((await client.get('/v2/', authorization(value))).status).toBe(401);
    }
    expect((await client.get('/v2/')).status).toBe(401);
  });
});
