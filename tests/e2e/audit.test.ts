import type { AuditRecord } from '@registry-cache/domain';
import {
  type Appliance,
  type Bundle,
  basicAuthorization,
  createSkopeoClient,
  type RegistryProcess,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';
import { openTunnel, proxyAuthorization, startProxy } from './through-proxy.ts';

const ANN = { username: 'ann', password: 'pass of ann' };
const BOB = { username: 'bob', password: 'pass of bob' };
const RULES = [
  { images: ['reg.test/team/**'], users: ['ann'], allow: ['pull', 'fetch'] },
  { images: ['reg.test/team/app'], allow: ['pull'] },
  { images: ['reg.test/team/forbidden'], deny: ['pull'], because: 'use „app“' },
];
let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
let app: Bundle;
let policy: (rules: readonly object[]) => string;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  app = await pushImage(upstream, 'team/app', 'v1', { seed: 'audited' });
  await pushImage(upstream, 'team/forbidden', 'v1', { seed: 'forbidden' });
  const { policyYaml } = describeUpstreams({ 'reg.test': upstream });
  policy = (rules) => JSON.stringify({ ...JSON.parse(policyYaml), access: { rules } });
  appliance = await stage.appliance(
    { 'reg.test': upstream },
    {
      passwords: { [ANN.username]: ANN.password, [BOB.username]: BOB.password },
      policyYaml: policy(RULES),
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

type User = { username: string; password: string };

async function ask(path: string, user: User, headers: Record<string, string> = {}) {
  await using client = appliance.client();
  const login = { authorization: basicAuthorization(user) };
  const accept = 'application/vnd.oci.image.manifest.v1+json, */*';
  return await client.request('GET', path, { headers: { accept, ...login, ...headers } });
}

async function readEvents(of = appliance): Promise<AuditRecord[]> {
  const { stdout } = await of.exec(['registry-cache', 'logs', '--audit', '--json']);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as AuditRecord);
}

/** The events of that name, once there are so many. */
async function untilEvents(event: string, count: number, of = appliance): Promise<AuditRecord[]> {
  let found: AuditRecord[] = [];
  await until(`${count} events of ${event}`, async () => {
    found = (await readEvents(of)).filter((one) => one.event === event);
    return found.length >= count;
  });
  expect(found).toHaveLength(count);
  return found;
}

describe('the audit log', () => {
  it('tells who brought an image in, and no later pull of it', async () => {
    const path = '/v2/reg.test/team/app/manifests/v1';
    expect((await ask(path, ANN)).status).toBe(200);
    expect((await ask(path, ANN)).status).toBe(200);
    expect((await ask(path, BOB)).status).toBe(200);
    const [fetched] = await untilEvents('fetch', 1);
    expect(fetched).toMatchObject({
      user: 'ann',
      from: expect.stringMatching(/^[0-9a-f.:]+$/),
      way: 'path',
      image: 'reg.test/team/app:v1',
      digest: app.top.digest,
      rule: null,
    });
  });

  it('tells a refusal with its rule, reason and way in', async () => {
    const refused = await ask('/v2/team/forbidden/manifests/v1?ns=reg.test', BOB);
    expect(refused.status).toBe(403);
    expect((await ask('/v2/reg.test/team/app/manifests/v2', BOB)).status).toBe(403);
    const events = await untilEvents('refusal', 2);
    expect(events).toMatchObject([
      {
        user: 'bob',
        way: 'ns',
        image: 'reg.test/team/forbidden:v1',
        right: 'pull',
        rule: 3,
        because: 'use „app“',
      },
      {
        user: 'bob',
        way: 'path',
        image: 'reg.test/team/app:v2',
        right: 'fetch',
        rule: null,
        because: 'no rule allows it',
      },
    ]);
  });

  it('tells a wrong password with the name that was tried, at both doors', async () => {
    const wrong = { username: 'eve', password: 'guessed' };
    expect((await ask('/v2/', wrong)).status).toBe(401);
    expect((await ask('/token?service=registry-cache', wrong)).status).toBe(401);
    await using client = appliance.client();
    expect((await client.get('/v2/')).status).toBe(401);
    let failed: AuditRecord[] = [];
    await until('both are told', async () => {
      failed = (await readEvents()).filter(({ event }) => event === 'login-failed');
      return failed.reduce((sum, { count = 1 }) => sum + count, 0) === 2;
    });
    expect(new Set(failed.map(({ user }) => user))).toEqual(new Set(['eve']));
  });

  it('tells a change of the configuration, and one that is broken, without their values', async () => {
    await appliance.writePolicy(
      policy([...RULES, { images: ['**'], users: ['ann'], deny: ['push'] }]),
    );
    const changes = await untilEvents('configuration', 2);
    expect(changes[0]?.because).toBe('started with 1 registry, 2 users, 3 rules of access');
    expect(changes[1]).toMatchObject({
      way: 'operator',
      because: expect.stringContaining('rules of access (3 before, 4 now)'),
    });
    await appliance.writePolicy(policy([{ images: ['bad pattern!'], allow: ['pull'] }]));
    const [, , broken] = await untilEvents('configuration', 3);
    expect(broken).toMatchObject({ verdict: 'refused' });
    expect(broken?.because).toMatch(/^a broken change is not in use: .*rules/);
    expect(broken?.because).not.toContain('bad pattern');
  });

  it('is for people without --json, and for its own user alone', async () => {
    const { stdout } = await appliance.exec(['registry-cache', 'logs', '--audit']);
    expect(stdout).toMatch(/ fetch {8}ann@\S+ path reg\.test\/team\/app:v1 sha256:/);
    const file = '/var/lib/registry/audit/audit.log';
    const { stdout: mode } = await appliance.exec(['stat', '--format', '%a %U', file]);
    expect(mode.trim()).toBe('640 registry-cache');
  });
});

describe('the audit log of the proxy', () => {
  it('tells pushes, wrong passwords and refused hosts', async () => {
    const proxy = await startProxy(
      stage,
      { 'reg.test': upstream },
      {
        passwords: { [ANN.username]: ANN.password },
        env: { ALLOW_PUSH: 'true' },
      },
    );
    const login = `${ANN.username}:${encodeURIComponent(ANN.password)}`;
    await using skopeo = await createSkopeoClient({
      ca: await proxy.ca(),
      proxy: proxy.url.replace('://', `://${login}@`),
    });
    const { folder, exitCode } = await skopeo.copy('reg.test/team/app:v1');
    expect(exitCode).toBe(0);
    const push = await skopeo.run('copy', `dir:${folder}`, 'docker://reg.test/new/app:v2');
    expect(push).toMatchObject({ exitCode: 0 });
    const [pushed] = await untilEvents('push', 1, proxy.appliance);
    const image = 'reg.test/new/app:v2';
    expect(pushed).toMatchObject({ user: 'ann', way: 'proxy', image, digest: app.top.digest });
    const [fetched] = await untilEvents('fetch', 1, proxy.appliance);
    expect(fetched).toMatchObject({ user: 'ann', way: 'proxy', image: 'reg.test/team/app:v1' });

    const wrong = await openTunnel(proxy, 'reg.test:443', {
      headers: [proxyAuthorization('eve:guessed')],
    });
    expect(wrong.status).toBe(407);
    const [failed] = await untilEvents('login-failed', 1, proxy.appliance);
    expect(failed).toMatchObject({ user: 'eve', way: 'proxy' });

    const headers = [proxyAuthorization(`${ANN.username}:${ANN.password}`)];
    const refused = await openTunnel(proxy, 'other.test:22', { headers });
    expect(refused.status).toBe(403);
    const [refusal] = await untilEvents('refusal', 1, proxy.appliance);
    expect(refusal).toMatchObject({ user: 'ann', way: 'proxy', image: 'other.test:22' });
    expect(refusal?.because).toMatch(/^only these ports can be reached/);
  });
});
