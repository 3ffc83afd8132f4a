import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { AuditRecord } from '@registry-cache/domain';
import {
  type Appliance,
  basicAuthorization,
  createCertificateAuthority,
  createHttpClient,
  findFreePort,
  type HttpClient,
  makeTemporaryFolder,
  type RegistryProcess,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runElsewhere as runInContainer } from './elsewhere.ts';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';

const PASSWORDS = { ann: 'pass of ann', bob: 'pass of bob', eve: 'pass of eve' };
const ACCESS = { groups: { ops: ['ann'] }, admin: ['group:ops'], view: ['bob'] };
let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
let client: HttpClient;
let policy: (access: object) => string;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  const upstreams = { 'reg.test': upstream };
  const described = JSON.parse(describeUpstreams(upstreams).policyYaml);
  policy = (access) => JSON.stringify({ ...described, access });
  const port = await findFreePort('127.0.0.1');
  appliance = await stage.appliance(upstreams, {
    passwords: PASSWORDS,
    policyYaml: policy(ACCESS),
    env: { ADMIN_LISTEN: ':8445', CERTIFICATE_NAMES: 'cache.test' },
    extraArgs: [`--publish=127.0.0.1:${port}:8445`],
  });
  const url = `https://127.0.0.1:${port}`;
  client = stage.use(createHttpClient({ url, ca: appliance.ca, pinned: true }));
});

afterAll(() => stage[Symbol.asyncDispose]());

type User = keyof typeof PASSWORDS;
const loginOf = (username: User, password: string = PASSWORDS[username]) => {
  return { authorization: basicAuthorization({ username, password }) };
};
const codeOf = (body: unknown) => (body as { errors: { code: string }[] }).errors[0]?.code;

/** The status of a look, and the code of its refusal. */
async function look(headers: Record<string, string>): Promise<unknown[]> {
  const answer = await client.get('/api/v1/status', { headers });
  return [answer.status, answer.status === 200 ? undefined : codeOf(answer.json())];
}

async function readEvents(event: string): Promise<AuditRecord[]> {
  const { stdout } = await appliance.exec(['registry-cache', 'logs', '--audit', '--json']);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as AuditRecord).filter((one) => one.event === event);
}

describe('the admin API from elsewhere', () => {
  it('answers those whom the policy names, and nobody else', async () => {
    expect(await look(loginOf('ann'))).toEqual([200, undefined]);
    expect(await look(loginOf('bob'))).toEqual([200, undefined]);
    expect(await look(loginOf('eve'))).toEqual([403, 'DENIED']);
    expect(await look({})).toEqual([401, 'UNAUTHORIZED']);
    expect(await look(loginOf('ann', 'wrong'))).toEqual([401, 'UNAUTHORIZED']);
    const { headers } = await client.get('/api/v1/status', { headers: loginOf('ann') });
    expect(headers).toMatchObject({ 'content-type': 'application/json' });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(headers['x-request-id']).toMatch(/^\S+$/);
  });

  it('shows the page to those who may look, from this server alone', async () => {
    expect((await client.get('/', {})).headers['www-authenticate']).toMatch(/^Basic /);
    expect((await client.get('/', { headers: loginOf('eve') })).status).toBe(403);
    const headers = loginOf('bob');
    const page = await client.get('/', { headers });
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    const html = page.body.toString();
    const script = /src="(\/page-[A-Z0-9]+\.js)"/.exec(html)?.[1] ?? '';
    const packed = await client.get(script, { headers: { ...headers, 'accept-encoding': 'gzip' } });
    expect(packed.headers).toMatchObject({
      ...{ 'content-encoding': 'gzip', 'content-type': 'text/javascript; charset=utf-8' },
      'cache-control': 'private, max-age=31536000, immutable',
    });
    const again = { ...headers, 'if-none-match': String(page.headers.etag) };
    expect((await client.get('/', { headers: again })).status).toBe(304);
    const who = await client.get('/api/v1/whoami', { headers });
    expect(who.json()).toEqual({ user: 'bob', rights: ['view'], mayLogIn: true });
  });

  it('keeps the limit of wrong passwords', async () => {
    const guess = (index: number) =>
      client.get('/api/v1/status', {
        headers: loginOf('ann', `guess ${index}`),
      });
    const statuses = (
      await Promise.all(Array.from({ length: 60 }, (_, index) => guess(index)))
    ).map(({ status }) => status);
    expect(statuses).toContain(429);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
  });

  it('has refusals and wrong logins in the audit log', async () => {
    await until('the refusal is written', async () => (await readEvents('refusal')).length > 0);
    expect((await readEvents('refusal'))[0]).toMatchObject({
      ...{ user: 'eve', way: 'api', because: 'the verb status' },
    });
    expect((await readEvents('login-failed'))[0]).toMatchObject({ way: 'api', user: 'ann' });
  });

  it('refuses bodies that are too large', async () => {
    const body = 'x'.repeat(70_000);
    const { status } = await client.request('POST', '/api/v1/status', {
      headers: loginOf('ann'),
      body,
    });
    expect(status).toBe(413);
  });

  it('follows a changed policy', async () => {
    await appliance.writePolicy(policy({ ...ACCESS, view: ['*'] }));
    await until('eve may look', async () => (await look(loginOf('eve')))[0] === 200);
    await appliance.writePolicy(policy(ACCESS));
    await until('eve may not look', async () => (await look(loginOf('eve')))[0] === 403);
  });
});

/** What the file /files/list has there. */
const LIST = 'reg.test/team/warmed:v1\n';

async function runElsewhere(login: string, ...argv: readonly string[]) {
  const folder = stage.use(await makeTemporaryFolder('admin-ca'));
  await writeFile(join(folder.path, 'list'), LIST);
  const place = { network: stage.network.name, folder: folder.path };
  return runInContainer(place, appliance, login, argv);
}

describe('registry-cache --server, in another container', () => {
  it('shows the same as the command in the cache', async () => {
    const { stdout: inside } = await appliance.exec(['registry-cache', 'status', '--json']);
    const { stdout, exitCode } = await runElsewhere('bob:pass of bob', 'status', '--json');
    expect(exitCode).toBe(0);
    const [here, there] = [inside, stdout].map((text) => JSON.parse(text));
    expect({ ...there, now: here.now, store: here.store }).toEqual(here);
  });

  it('says why it could not', async () => {
    const refused = await runElsewhere('eve:pass of eve', 'status');
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toContain('eve may not ask for status');
    const wrong = await runElsewhere('bob:wrong', 'status');
    expect(wrong.stderr).toContain('the user name or the password is wrong');
    const local = await runElsewhere('bob:pass of bob', 'verify');
    expect(local).toMatchObject({ exitCode: 1 });
    expect(local.stderr).toContain('--server: found verify');
  });
});

describe('changes from elsewhere', () => {
  const IMAGE_NAME = 'reg.test/team/app:v1';
  const ANN = 'ann:pass of ann';
  const BOB = 'bob:pass of bob';

  async function pullDigest(): Promise<string | undefined> {
    await using puller = appliance.client({
      credentials: { username: 'ann', password: PASSWORDS.ann },
    });
    const accept = 'application/vnd.oci.image.manifest.v1+json, */*';
    const { headers } = await puller.get('/v2/reg.test/team/app/manifests/v1', {
      headers: { accept },
    });
    return headers['docker-content-digest'];
  }

  it('pin an image for those with admin alone, and the audit log says who', async () => {
    const app = await pushImage(upstream, 'team/app', 'v1', { seed: 'admin' });
    expect(await pullDigest()).toBe(app.top.digest);
    const refused = await runElsewhere(BOB, 'pin', IMAGE_NAME);
    expect(refused.stderr).toContain('bob may not ask for pin: access.admin');
    const pinned = await runElsewhere(ANN, 'pin', IMAGE_NAME);
    expect(pinned.stdout).toContain(`pinned ${IMAGE_NAME} ${app.top.digest}`);
    const { stdout } = await runElsewhere(BOB, 'pins', '--json');
    expect(JSON.parse(stdout).pins).toMatchObject([{ image: IMAGE_NAME, by: 'ann', why: 'pin' }]);
    const inside = await appliance.exec(['registry-cache', 'pins']);
    expect(inside.stdout).toContain(`${IMAGE_NAME} ${app.top.digest}`);
    const asked = await appliance.exec(['registry-cache', 'pins', '--json']);
    expect(JSON.parse(asked.stdout)).toEqual(JSON.parse(stdout));
    expect((await runElsewhere(ANN, 'unpin', IMAGE_NAME)).exitCode).toBe(0);
    expect((await runElsewhere(ANN, 'unpin', IMAGE_NAME)).stderr).toContain('is not pinned');
    expect(await readEvents('change')).toMatchObject([
      { user: 'ann', way: 'api', because: `pin {"image":"${IMAGE_NAME}"}` },
      { user: 'ann', way: 'api', because: `unpin {"image":"${IMAGE_NAME}"}` },
      { user: 'ann', way: 'api', because: `unpin {"image":"${IMAGE_NAME}"}` },
    ]);
    expect(await readEvents('pin')).toMatchObject([{ user: 'ann', image: IMAGE_NAME }]);
  });

  it('run the doctor there for those with admin alone, with the files that only root reads', async () => {
    const refused = await runElsewhere(BOB, 'doctor');
    expect(refused.stderr).toContain('bob may not ask for doctor: access.admin');
    const [one, other] = await Promise.all([
      runElsewhere(ANN, 'doctor', '--json'),
      runElsewhere(ANN, 'doctor', '--json', '--only', 'inputs'),
    ]);
    expect((await runElsewhere(BOB, 'whoami')).stdout).toBe('bob: view');
    const inside = await appliance.exec(['registry-cache', 'doctor', '--json']);
    const namesOf = ({ stdout }: { stdout: string }): string[] =>
      JSON.parse(stdout).checks.map(({ check }: { check: string }) => check);
    expect(namesOf(one)).toEqual(namesOf(inside));
    expect(namesOf(other)).toEqual(['inputs']);
    const inputsOf = ({ stdout }: { stdout: string }): unknown =>
      JSON.parse(stdout).checks.find(({ check }: { check: string }) => check === 'inputs');
    expect(inputsOf(other)).toEqual(inputsOf(inside));
    expect(inputsOf(inside)).toMatchObject({ kind: 'tried', seen: '1 registry' });
    expect(await readEvents('change')).toContainEqual(
      expect.objectContaining({ user: 'ann', because: 'doctor {}' }),
    );
  });

  it('let the next pull of a tag ask its registry', async () => {
    const before = await pullDigest();
    const newer = await pushImage(upstream, 'team/app', 'v1', { seed: 'admin, newer' });
    expect(await pullDigest()).toBe(before);
    const { stdout } = await appliance.exec(['registry-cache', 'recheck', IMAGE_NAME]);
    expect(stdout).toContain(`${IMAGE_NAME} ${before}`);
    await until('the tag is checked', async () => (await pullDigest()) === newer.top.digest);
  });

  it('warm a list, which jobs follows, and prune the store', async () => {
    const warmed = await pushImage(upstream, 'team/warmed', 'v1', { seed: 'warmed from afar' });
    expect((await runElsewhere(BOB, 'warm', '/files/list')).stderr).toContain(
      'bob may not ask for warm',
    );
    const dry = await runElsewhere(ANN, 'warm', '--dry-run', '--json', '/files/list');
    expect(JSON.parse(dry.stdout)).toMatchObject({ images: 1, here: 0, failed: 0 });
    const ran = await runElsewhere(ANN, 'warm', '--pin', '/files/list');
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toMatch(/job \S+; it goes on there/);
    const { jobs } = JSON.parse((await runElsewhere(BOB, 'jobs', '--json')).stdout);
    expect(jobs).toMatchObject([{ kind: 'warm', state: 'done', progress: { doneImages: 1 } }]);
    const pins = await appliance.exec(['registry-cache', 'pins']);
    expect(pins.stdout).toContain(`reg.test/team/warmed:v1 ${warmed.top.digest}`);

    const preview = JSON.parse(
      (await runElsewhere(ANN, 'prune', '--dry-run', '--to=1', '--json')).stdout,
    );
    expect(preview.victims.length).toBe(preview.removedBlobs);
    expect((await runElsewhere(BOB, 'prune', '--to=1')).stderr).toContain(
      'bob may not ask for prune',
    );
    const pruned = await runElsewhere(ANN, 'prune', '--to=1', '--json');
    // The pinned image stays.
    expect(JSON.parse(pruned.stdout)).toMatchObject({ blobs: 3 });
    expect((await runElsewhere(ANN, 'unpin', 'reg.test/team/warmed:v1')).exitCode).toBe(0);
    const changes = (await readEvents('change')).map(({ user, because }) => `${user} ${because}`);
    expect(changes).toContain('ann prune {"to":"1","dryRun":false}');
    const wrong = await runElsewhere(ANN, 'prune', '--to=much');
    expect(wrong.stderr).toContain('accepted: a size, such as 5G');
  });

  it('have the files read, and tell whether they are in use', async () => {
    expect((await runElsewhere(ANN, 'reload')).stdout).toContain('asked at');
    expect((await runElsewhere(BOB, 'check')).stdout).toContain('uses the newest files');
    await appliance.writePolicy('access: {');
    await until('the change is refused', async () => {
      return (await runElsewhere(BOB, 'check')).stdout.includes('does not use the newest files');
    });
    await appliance.writePolicy(policy(ACCESS));
  });

  it('are refused from a browser that a foreign page uses, and from names that are paths', async () => {
    const body = JSON.stringify({ image: IMAGE_NAME });
    const post = async (headers: Record<string, string>, text = body) => {
      const all = { headers: { ...loginOf('ann'), ...headers }, body: text };
      return (await client.request('POST', '/api/v1/pin', all)).status;
    };
    const json = { 'content-type': 'application/json' };
    const meant = { ...json, 'x-registry-cache': 'change' };
    expect(await post({ 'content-type': 'text/plain' })).toBe(400);
    expect(await post(json)).toBe(400);
    expect(await post({ ...meant, 'sec-fetch-site': 'cross-site' })).toBe(403);
    // What was pruned comes back.
    await pullDigest();
    const path = JSON.stringify({ image: 'reg.test/../../../etc/passwd:v1' });
    expect(await post(meant, path)).toBe(400);
    expect(await post(meant)).toBe(200);
  });
});

it('shows a renewed certificate, as the TLS port does', async () => {
  const authority = await createCertificateAuthority();
  const renewed = await authority.issue({ names: ['cache.test', '127.0.0.1'] });
  await appliance.writeCertificate(renewed.certificatePem + renewed.keyPem);
  const { fingerprint256: wanted } = new X509Certificate(renewed.certificatePem);
  for (const url of [appliance.url, client.url]) {
    await until(`${url} shows it`, async () => (await readFingerprint(url)) === wanted);
  }
  await using anew = createHttpClient({ url: client.url, ca: authority.certificatePem });
  const answer = await anew.get('/api/v1/status', { headers: loginOf('bob') });
  expect(answer.status).toBe(200);
});

async function readFingerprint(url: string): Promise<string> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}
