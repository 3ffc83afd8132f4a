import {
  type Appliance,
  type Bundle,
  basicAuthorization,
  type RegistryProcess,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';

const USERS = ['ann', 'bob', undefined] as const;
const ACCESS = {
  groups: { ops: ['ann'], gone: ['eve'] },
  anonymous: ['pull'],
  default: ['pull'],
  rules: [
    { images: ['reg.test/team/**'], users: ['group:ops'], allow: ['pull', 'fetch'] },
    { images: ['lab/team/tagged:v*'], users: ['bob'], allow: ['pull', 'fetch'] },
    { images: ['reg.test/team/tagged:latest'], users: ['bob', 'anonymous'], deny: ['pull'] },
    { images: ['reg.test/team/closed'], deny: ['pull'], because: 'use "tagged"' },
    { images: ['reg.test/team/closed:v1'], users: ['ann'], allow: ['pull'] },
  ],
};
const REPOSITORIES = ['app', 'tagged', 'closed'] as const;
const TAGS = ['v1', 'latest'] as const;
let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
const images = new Map<string, Bundle>();

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  for (const repository of REPOSITORIES) {
    for (const tag of TAGS) {
      const seed = `explain-${repository}-${tag}`;
      const image = await pushImage(upstream, `team/${repository}`, tag, { seed });
      images.set(`${repository}:${tag}`, image);
    }
  }
  const use = { url: upstream.url, aliases: ['lab'] };
  const { policyYaml } = describeUpstreams({ 'reg.test': use });
  appliance = await stage.appliance(
    { 'reg.test': use },
    {
      passwords: { ann: 'pass of ann', bob: 'pass of bob' },
      policyYaml: JSON.stringify({ ...JSON.parse(policyYaml), access: ACCESS }),
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

type User = (typeof USERS)[number];

/** The status of a real request, with its reason where it is refused. */
async function request(repository: string, reference: string, user: User, method = 'GET') {
  await using client = appliance.client();
  const accept = 'application/vnd.oci.image.manifest.v1+json, */*';
  const login = user && { username: user, password: `pass of ${user}` };
  const headers = { accept, ...(login && { authorization: basicAuthorization(login) }) };
  const path = `/v2/lab/team/${repository}/manifests/${reference}`;
  const { status, body } = await client.request(method, path, { headers });
  return { status, reason: / \((.*)\)"/.exec(body.toString().replaceAll('\\"', "'"))?.[1] };
}

/** The lines of `explain`, by right. */
async function explain(reference: string, user: User, ...more: string[]) {
  const as = user === undefined ? [] : ['--as', user];
  const asked = await appliance.exec(['registry-cache', 'explain', ...as, ...more, reference]);
  expect(asked.exitCode).toBe(0);
  const lines = asked.stdout.trimEnd().split('\n');
  const rights = lines.map((line) => /^(\w+) (yes|no) \((.*)\)$/.exec(line) ?? []);
  return {
    notes: asked.stderr,
    rights: new Map(
      rights.map(([, right, answer, reason = '']) => [
        right,
        { isAllowed: answer === 'yes', reason: reason.replaceAll('"', "'") },
      ]),
    ),
  };
}

/** Asks for the manifest and compares the answer with what `explain` said before. */
async function compare(repository: string, reference: string, user: User): Promise<void> {
  const mark = reference.includes(':') ? '@' : ':';
  const { rights } = await explain(`reg.test/team/${repository}${mark}${reference}`, user);
  const [pull, fetch] = [rights.get('pull'), rights.get('fetch')];
  const { status, reason } = await request(repository, reference, user);
  const name = `${user} ${repository} ${reference}`;
  if (status === 200) expect(pull?.isAllowed, name).toBe(true);
  else {
    const missing = pull?.isAllowed === true ? fetch : pull;
    expect(missing?.isAllowed, name).toBe(false);
    // A stranger whom a login could help is asked for one.
    expect(user === undefined ? [401, 403] : [403], name).toContain(status);
    expect(reason, name).toBe(missing?.reason);
  }
  if (fetch?.isAllowed === true) expect(status, name).toBe(200);
}

const CASES = USERS.flatMap((user) => {
  return REPOSITORIES.map(
    (repository) => [user ?? 'a client without a login', repository, user] as const,
  );
});

describe('registry-cache explain', () => {
  // Those who may not fetch come first, so that their refusals are seen.
  it.each(CASES.toReversed())('says what %s gets of %s', async (_name, repository, user) => {
    for (const tag of TAGS) {
      await compare(repository, tag, user);
      const digest = images.get(`${repository}:${tag}`)?.top.digest ?? '';
      await compare(repository, digest, user);
    }
  });

  it('says the same once everything is here', async () => {
    for (const [, repository, user] of CASES) {
      for (const tag of TAGS) {
        await compare(repository, images.get(`${repository}:${tag}`)?.top.digest ?? '', user);
      }
    }
  });

  it('names the tags that lead to a digest', async () => {
    expect((await request('tagged', 'v1', 'ann')).status).toBe(200);
    const digest = images.get('tagged:v1')?.top.digest ?? '';
    const { notes } = await explain(`lab/team/tagged@${digest}`, 'bob');
    expect(notes).toContain(`lab/team/tagged@${digest} is reg.test/team/tagged@${digest}`);
    expect(notes).toContain(`tags here that lead to ${digest}: v1`);
  });

  it('says that a registry is not served', async () => {
    const { rights, notes } = await explain('other.test/app:1', 'ann');
    expect(rights.get('pull')).toEqual({
      isAllowed: false,
      reason: 'other.test is not served here',
    });
    expect(notes).toContain('served: reg.test');
  });
});

describe('registry-cache check', () => {
  const said = [
    'access.groups.gone[0]: found "eve"; taken as nobody: no user of the htpasswd file has such a name',
    'access.rules[4]: found rule 5; taken as nothing: rule 4 denies pull',
  ];

  it('finds rules that cannot count and names that nobody has, and so does the log', async () => {
    const { exitCode, stderr } = await appliance.exec(['registry-cache', 'check']);
    expect(exitCode).toBe(0);
    const logs = await appliance.logs();
    for (const line of said) {
      expect(stderr).toContain(line);
      expect(logs.split(JSON.stringify(line).slice(1, -1))).toHaveLength(2);
    }
  });
});
