import {
  type Appliance,
  type Bundle,
  basicAuthorization,
  type HttpResponse,
  type RegistryProcess,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';

const ANN = { username: 'ann', password: 'pass of ann' };
const BOB = { username: 'bob', password: 'pass of bob' };
const ACCESS = {
  groups: { ops: ['ann'] },
  anonymous: ['pull'],
  rules: [
    { images: ['reg.test/team/open'], allow: ['pull', 'fetch'] },
    { images: ['reg.test/team/**'], users: ['group:ops'], allow: ['pull', 'fetch'] },
    { images: ['reg.test/team/tagged:v*'], users: ['bob'], allow: ['pull', 'fetch'] },
    { images: ['reg.test/team/app'], allow: ['pull'] },
    { images: ['reg.test/team/forbidden'], deny: ['pull', 'fetch'], because: 'use "open"' },
  ],
};
let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
const images = new Map<string, Bundle>();

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  for (const name of ['open', 'app', 'tagged', 'forbidden']) {
    for (const tag of ['v1', 'latest']) {
      const image = await pushImage(upstream, `team/${name}`, tag, { seed: `${name}-${tag}` });
      images.set(`${name}:${tag}`, image);
    }
  }
  const { policyYaml } = describeUpstreams({ 'reg.test': upstream });
  appliance = await stage.appliance(
    { 'reg.test': upstream },
    {
      passwords: { [ANN.username]: ANN.password, [BOB.username]: BOB.password },
      policyYaml: JSON.stringify({ ...JSON.parse(policyYaml), access: ACCESS }),
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

async function ask(
  path: string,
  user?: { username: string; password: string },
  method = 'GET',
): Promise<HttpResponse> {
  await using client = appliance.client();
  const accept = 'application/vnd.oci.image.manifest.v1+json, */*';
  const login = user && { authorization: basicAuthorization(user) };
  return await client.request(method, `/v2/reg.test/team/${path}`, {
    headers: { accept, ...login },
  });
}

function messageOf(answer: HttpResponse): string | undefined {
  const { errors } = answer.json() as { errors: { code: string; message: string }[] };
  return errors[0] && `${errors[0].code} ${errors[0].message}`;
}

describe('rules of access', () => {
  it('refuse with the rule and its reason, and ask the registry for nothing', async () => {
    const before = (await upstream.requests()).length;
    const answer = await ask('forbidden/manifests/v1', ANN);
    expect(answer.status).toBe(403);
    expect(messageOf(answer)).toBe(
      'DENIED ann may not pull reg.test/team/forbidden:v1 (rule 5: use "open")',
    );
    expect((await upstream.requests()).length).toBe(before);
  });

  it('let those fetch who may, and give others what is here', async () => {
    const refused = await ask('app/manifests/v1', BOB);
    expect(refused.status).toBe(403);
    expect(messageOf(refused)).toBe(
      'DENIED bob may not fetch reg.test/team/app:v1 (no rule allows it)',
    );
    expect((await ask('app/manifests/v1', ANN)).status).toBe(200);
    expect((await ask('app/manifests/v1', BOB)).status).toBe(200);
    expect((await ask('app/manifests/latest', BOB)).status).toBe(403);
  });

  it('decide a digest by the tags that lead to it here', async () => {
    const tagged = images.get('tagged:v1');
    const latest = images.get('tagged:latest');
    if (tagged === undefined || latest === undefined) throw new Error('no image');
    expect((await ask(`tagged/manifests/${tagged.top.digest}`, BOB)).status).toBe(403);
    expect((await ask('tagged/manifests/v1', BOB)).status).toBe(200);
    expect((await ask(`tagged/manifests/${tagged.top.digest}`, BOB)).status).toBe(200);
    expect((await ask('tagged/manifests/latest', ANN)).status).toBe(200);
    expect((await ask(`tagged/manifests/${latest.top.digest}`, BOB)).status).toBe(403);
  });

  it('show in lists what the caller may pull', async () => {
    const tags = async (name: string, user: typeof ANN) => {
      const answer = await ask(`${name}/tags/list`, user);
      return answer.status === 200 ? (answer.json() as { tags: string[] }).tags : answer.status;
    };
    expect(await tags('tagged', ANN)).toEqual(['latest', 'v1']);
    expect(await tags('tagged', BOB)).toEqual(['v1']);
    expect(await tags('forbidden', ANN)).toBe(403);
    const catalog = async (user?: typeof ANN) => {
      await using client = appliance.client();
      const headers = user && { authorization: basicAuthorization(user) };
      const answer = await client.request('GET', '/v2/_catalog', headers && { headers });
      return (answer.json() as { repositories: string[] }).repositories;
    };
    expect(await catalog(BOB)).toEqual(['reg.test/team/app', 'reg.test/team/tagged']);
  });

  it('let clients without a login have what they may, and ask for one where it could help', async () => {
    expect((await ask('open/manifests/v1')).status).toBe(200);
    expect((await ask('app/manifests/v1')).status).toBe(200);
    const other = await ask('tagged/manifests/latest');
    expect(other.status).toBe(200);
    const denied = await ask('forbidden/manifests/v1');
    expect(denied.status).toBe(403);
    await using client = appliance.client();
    expect((await client.get('/v2/')).status).toBe(401);
    const absent = await ask('app/manifests/absent');
    expect(absent.status).toBe(401);
    expect(messageOf(absent)).toBe(
      'UNAUTHORIZED anonymous may not fetch reg.test/team/app:absent (no rule allows it)',
    );
    const realm = `https://${appliance.registry}/token`;
    expect(absent.headers['www-authenticate']).toBe(
      `Bearer realm="${realm}",service="registry-cache",scope="repository:reg.test/team/app:pull"`,
    );
    expect((await client.get('/token?service=registry-cache')).status).toBe(200);
    const wrong = basicAuthorization({ ...ANN, password: 'wrong' });
    const answer = await client.get('/v2/reg.test/team/open/manifests/v1', {
      headers: { authorization: wrong },
    });
    expect(answer.status).toBe(401);
  });

  it('stay in force where their file is emptied', async () => {
    await appliance.writePolicy('');
    await until('the emptied file is refused', async () => {
      return (await appliance.logs()).includes('{} into it to end all rules');
    });
    expect((await ask('forbidden/manifests/v1', ANN)).status).toBe(403);
  });
});
