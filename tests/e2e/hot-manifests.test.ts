import { setTimeout } from 'node:timers/promises';
import {
  ANY_MANIFEST,
  type Appliance,
  type Bundle,
  basicAuthorization,
  type HttpClient,
  type HttpResponse,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readMetric } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const ANN = { username: 'ann', password: 'correct: horse §' };
const OCI = 'application/vnd.oci.image.manifest.v1+json';
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
const HITS = 'haproxy_frontend_http_cache_hits_total\\{proxy="edge"\\}';
/** Headers for the edge or from its own cache. Clients must not see them. */
const INTERNAL = ['x-repeat-for', 'cache-control', 'age'];

let stage: Stage;
let appliance: Appliance;
let image: Bundle;
let twin: Bundle;

beforeAll(async () => {
  stage = await openStage();
  const [east, west] = [await stage.upstream(), await stage.upstream()];
  image = await pushImage(east, 'team/app', 'v1', { seed: 'hot east' });
  twin = await pushImage(west, 'team/app', 'v1', { seed: 'hot west' });
  appliance = await stage.appliance(
    { 'east.test': east, 'west.test': west },
    { passwords: { [ANN.username]: ANN.password } },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

const path = (reference: string, upstream = 'east') =>
  `/v2/${upstream}.test/team/app/manifests/${reference}`;
const accept = (...types: string[]) => ({ headers: { accept: types } });

/** Asks until the edge itself answered once. It forgets each answer after a second. */
async function repeated(ask: () => Promise<HttpResponse>): Promise<HttpResponse> {
  const answers: HttpResponse[] = [];
  await until('the edge repeats an answer', async () => {
    const before = await readMetric(appliance, HITS);
    answers.push(await ask(), await ask(), await ask());
    return ((await readMetric(appliance, HITS)) ?? 0) > (before ?? 0);
  });
  const last = answers.at(-1);
  if (last === undefined) throw new Error('nothing was asked');
  return last;
}

describe.each([false, true])('a manifest that the edge repeats (h2: %s)', (http2) => {
  let client: HttpClient;

  beforeEach(() => {
    client = stage.use(appliance.client({ http2, credentials: ANN }));
  });

  it.each(['tag', 'digest'])('is what the hot lane sent, by %s and also for HEAD', async (by) => {
    const reference = by === 'tag' ? 'v1' : image.top.digest;
    const got = await repeated(() => client.get(path(reference), accept(ANY_MANIFEST)));
    // The edge answers HEAD from the answer to a GET.
    const head = await repeated(async () => {
      await client.get(path(reference), accept(ANY_MANIFEST));
      return client.head(path(reference), accept(ANY_MANIFEST));
    });
    expect(got.body.equals(image.top.bytes)).toBe(true);
    expect(head.body).toHaveLength(0);
    for (const { status, headers } of [got, head]) {
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': OCI,
        'content-length': String(image.top.bytes.length),
        'docker-content-digest': image.top.digest,
        'docker-distribution-api-version': 'registry/2.0',
        etag: `"${image.top.digest}"`,
        'x-cache': 'HIT',
      });
      for (const name of INTERNAL) expect(headers).not.toHaveProperty(name);
    }
    const known = { headers: { accept: ANY_MANIFEST, 'if-none-match': `"${image.top.digest}"` } };
    expect((await client.get(path(reference), known)).status).toBe(304);
  });

  it('is not sent to clients without a login', async () => {
    await repeated(() => client.get(path('v1'), accept(ANY_MANIFEST)));
    await using stranger = appliance.client({ http2 });
    const wrong = basicAuthorization({ ...ANN, password: 'wrong' });
    for (const headers of [
      { accept: ANY_MANIFEST },
      { accept: ANY_MANIFEST, authorization: wrong },
    ]) {
      await client.get(path('v1'), accept(ANY_MANIFEST));
      const refused = await stranger.get(path('v1'), { headers });
      expect(refused.status).toBe(401);
      expect(refused.headers).not.toHaveProperty('docker-content-digest');
    }
  });

  it('is repeated to clients that accept its type, in one Accept line or in several', async () => {
    const digest = path(image.top.digest);
    await repeated(() => client.get(digest, accept(DOCKER, OCI)));
    await repeated(() => client.get(digest, accept(OCI)));
    for (const types of [[DOCKER, OCI], [OCI, DOCKER], [OCI], [`${DOCKER}, ${OCI}`]]) {
      const answer = await client.get(digest, accept(...types));
      expect([types, answer.headers['content-type']]).toEqual([types, OCI]);
    }
  });

  it('is the manifest of the requested upstream', async () => {
    for (const [upstream, { top }] of [
      ['east', image],
      ['west', twin],
      ['east', image],
    ] as const) {
      const answer = await client.get(path('v1', upstream), accept(ANY_MANIFEST));
      expect(answer.headers['docker-content-digest']).toBe(top.digest);
    }
  });
});

it('each repeated manifest is a line of the access log, like any other', async () => {
  await using client = appliance.client({ credentials: ANN });
  const agent = 'counts-its-lines';
  const asked = 30;
  const before = (await readMetric(appliance, HITS)) ?? 0;
  for (let count = 0; count < asked; count += 1) {
    await client.get(path('v1'), { headers: { accept: ANY_MANIFEST, 'user-agent': agent } });
  }
  expect(await readMetric(appliance, HITS)).toBeGreaterThan(before);
  const lines = async () => (await appliance.accessLog()).filter((line) => line.agent === agent);
  await until('all requests are logged', async () => (await lines()).length >= asked);
  const logged = await lines();
  expect(logged).toHaveLength(asked);
  for (const line of logged) {
    expect(line).toMatchObject({
      user: 'ann',
      upstream: 'east.test',
      repository: 'team/app',
      kind: 'manifest',
      reference: 'v1',
      digest: image.top.digest,
      status: 200,
      cache: 'HIT',
    });
    expect(line.bytes).toBeGreaterThan(image.top.bytes.length);
  }
});

it('a manifest is repeated for one second at most', async () => {
  await using client = appliance.client({ credentials: ANN });
  await repeated(() => client.get(path('v1'), accept(ANY_MANIFEST)));
  await setTimeout(1_100);
  const headers = { accept: ANY_MANIFEST, 'user-agent': 'comes-a-second-later' };
  expect((await client.get(path('v1'), { headers })).status).toBe(200);
  const line = await until('it is logged', async () =>
    (await appliance.accessLog()).find(({ agent }) => agent === headers['user-agent']),
  );
  // LR means that the edge answered by itself.
  expect(line).toMatchObject({ status: 200, end: expect.stringMatching(/^(?!LR)/) });
});
