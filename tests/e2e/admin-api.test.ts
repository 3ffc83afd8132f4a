import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditRecord } from '@registry-cache/domain';
import {
  type Appliance,
  basicAuthorization,
  createHttpClient,
  findFreePort,
  type HttpClient,
  makeTemporaryFolder,
  runCommand,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IMAGE } from './inside.ts';
import { describeUpstreams, openStage, type Stage } from './stage.ts';

const PASSWORDS = { ann: 'pass of ann', bob: 'pass of bob', eve: 'pass of eve' };
const ACCESS = { groups: { ops: ['ann'] }, admin: ['group:ops'], view: ['bob'] };
let stage: Stage;
let appliance: Appliance;
let client: HttpClient;
let policy: (access: object) => string;

beforeAll(async () => {
  stage = await openStage();
  const upstreams = { 'reg.test': await stage.upstream() };
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

describe('registry-cache --server, in another container', () => {
  /** Runs the command line in a container that has nothing of the cache but its certificate. */
  async function runElsewhere(login: string, ...argv: readonly string[]) {
    const format = '--format={{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    const { stdout } = await runCommand('podman', ['inspect', format, appliance.id]);
    const folder = stage.use(await makeTemporaryFolder('admin-ca'));
    await writeFile(join(folder.path, 'ca.crt'), appliance.ca);
    return runCommand('podman', [
      ...['run', '--rm', '--pull=never', '--no-healthcheck', `--network=${stage.network.name}`],
      ...[`--add-host=cache.test:${stdout.trim()}`, `--volume=${folder.path}:/ca:ro`],
      ...[`--env=REGISTRY_CACHE_LOGIN=${login}`, IMAGE],
      ...['registry-cache', '--server', 'https://cache.test:8445', '--ca', '/ca/ca.crt', ...argv],
    ]);
  }

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
    const local = await runElsewhere('bob:pass of bob', 'prune', '--dry-run');
    expect(local).toMatchObject({ exitCode: 1 });
    expect(local.stderr).toContain('--server: found prune');
  });
});
