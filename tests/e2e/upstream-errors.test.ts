import {
  type Appliance,
  createSkopeoClient,
  type FaultProxy,
  type FaultResponse,
  type FaultRule,
  type RegistryProcess,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHealth } from './inside.ts';
import { readError } from './responses.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

let stage: Stage;
let registry: RegistryProcess;
let faultProxy: FaultProxy;
let limiting: FaultProxy;
let appliance: Appliance;

const SAID = 'by order of the org';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const PATHS = {
  'a manifest by tag': 'manifests/v1',
  'a manifest by digest': `manifests/${DIGEST}`,
  'a blob': `blobs/${DIGEST}`,
  tags: 'tags/list',
  referrers: `referrers/${DIGEST}`,
} as const;

function ociError(
  status: number,
  code: string,
  headers: Record<string, string> = {},
): FaultResponse {
  const body = JSON.stringify({ errors: [{ code, message: SAID }] });
  return { status, body, headers: { 'content-type': 'application/json', ...headers } };
}

/** The upstream's answer to every request below a repository. */
const ANSWERS: Readonly<Record<string, FaultResponse>> = {
  unauthorized: ociError(401, 'UNAUTHORIZED', { 'www-authenticate': 'Negotiate' }),
  denied: ociError(403, 'DENIED'),
  unknown: ociError(404, 'NAME_UNKNOWN'),
  broken: { status: 500, body: '<html>oh dear</html>', headers: { 'content-type': 'text/html' } },
  away: { status: 503, headers: { 'retry-after': '23' } },
  teapot: { status: 418 },
};

const LIMITED: FaultRule = {
  do: {
    respond: ociError(429, 'TOOMANYREQUESTS', {
      'retry-after': '17',
      'ratelimit-limit': '100;w=21600',
      'ratelimit-remaining': '0;w=21600',
    }),
  },
};

beforeAll(async () => {
  stage = await openStage();
  registry = await stage.upstream();
  const rules = Object.entries(ANSWERS).map(
    ([name, answer]): FaultRule => ({
      when: { path: new RegExp(`^/v2/${name}/`) },
      do: { respond: answer },
    }),
  );
  const host = stage.network.gateway;
  const silent: FaultRule = { when: { path: /^\/v2\/silent\// }, do: { silent: true } };
  faultProxy = stage.use(
    await startFaultProxy({ host, upstream: registry.url, rules: [...rules, silent] }),
  );
  // After a 429 egress pauses an upstream, so this one must be another upstream.
  limiting = stage.use(await startFaultProxy({ host, upstream: registry.url, rules: [LIMITED] }));
  const gone = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  await gone.pause();
  appliance = await stage.appliance(
    {
      'reg.test': faultProxy,
      'limiting.test': limiting,
      'gone.test': gone,
      'nameless.test': { url: 'https://nowhere.invalid' },
    },
    { env: { EGRESS_HEADERS_TIMEOUT: '1s', EGRESS_BLOB_HEADERS_TIMEOUT: '1s' } },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

/** A repository, and the error for it. */
type Told = [repository: string, status: number, code: string, said: string];

const TOLD: readonly Told[] = [
  ['unauthorized', 401, 'UNAUTHORIZED', `401 Unauthorized: unauthorized: ${SAID}`],
  ['denied', 403, 'DENIED', `403 Forbidden: denied: ${SAID}`],
  ['broken', 500, 'UNAVAILABLE', '500 Internal Server Error'],
  ['away', 503, 'UNAVAILABLE', '503 Service Unavailable'],
  ['teapot', 418, 'UNKNOWN', "418 I'm a Teapot"],
  ['unknown', 404, 'NAME_UNKNOWN', `404 Not Found: name_unknown: ${SAID}`],
];

it.each(['gone.test', 'nameless.test'])(
  'the first client that asks %s gets the failure, and later ones that it is left alone',
  async (upstream) => {
    await using client = appliance.client();
    const path = `/v2/${upstream}/app/tags/list`;
    expect((await client.get(path)).status).toBe(502);
    const left = await until('it is left alone', async () => {
      const answer = await client.get(path);
      return answer.status === 503 ? answer : undefined;
    });
    expect(readError(left).message).toMatch(
      /; since \S+Z it is left alone until it answers again$/,
    );
    expect(Number(left.headers['retry-after'])).toBeGreaterThan(0);
  },
);

describe.each(Object.entries(PATHS))('a client that asks for %s', (_what, path) => {
  it.each(TOLD)('of %s gets the upstream’s %i', async (repository, status, code, said) => {
    await using client = appliance.client();
    const answer = await client.get(`/v2/reg.test/${repository}/${path}`);
    const message = `reg.test answered ${said}`;
    expect(readError(answer)).toEqual({ status, code, message });
    expect(answer.headers['retry-after']).toBe(ANSWERS[repository]?.headers?.['retry-after']);
  });

  it('of a limited upstream gets 429 with the time to wait, at every request', async () => {
    await using client = appliance.client();
    for (const repository of ['one', 'another']) {
      const answer = await client.get(`/v2/limiting.test/${repository}/${path}`);
      const { status, code, message } = readError(answer);
      expect([status, code]).toEqual([429, 'TOOMANYREQUESTS']);
      expect(message).toMatch(/^limiting\.test answered 429 Too Many Requests/);
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(17);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
  });

  it.each([
    ['reg.test/silent', 504, 'reg.test could not be asked: no answer from '],
    ['gone.test/app', 503, 'gone.test could not be asked: '],
    ['nameless.test/app', 503, 'nameless.test could not be asked: the name nowhere.invalid '],
  ])('of %s gets an error that it cannot be reached', async (repository, status, message) => {
    await using client = appliance.client();
    const error = readError(await client.get(`/v2/${repository}/${path}`));
    expect(error).toMatchObject({ status, code: 'UNAVAILABLE' });
    expect(error.message).toContain(message);
  });
});

it.each(['manifests/v2', `blobs/sha256:${'c'.repeat(64)}`])(
  'HEAD gets the same statuses: %s',
  async (path) => {
    await using client = appliance.client();
    const names = Object.keys(ANSWERS);
    const answers = await Promise.all(
      names.map((repository) => client.head(`/v2/reg.test/${repository}/${path}`)),
    );
    const wanted = names.map((repository) => ANSWERS[repository]?.status);
    expect(answers.map(({ status }) => status)).toEqual(wanted);
    expect(answers.filter(({ headers }) => 'www-authenticate' in headers)).toEqual([]);
  },
);

it('skopeo shows the upstream’s name and reason', async () => {
  await using skopeo = await createSkopeoClient({ ca: appliance.ca });
  const { exitCode, stderr } = await skopeo.inspect(`${appliance.registry}/reg.test/denied:v2`);
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain(`reg.test answered 403 Forbidden: denied: ${SAID}`);
});

it('an error costs the upstream one request', async () => {
  faultProxy.forget();
  await using client = appliance.client();
  await client.get(`/v2/reg.test/away/blobs/sha256:${'b'.repeat(64)}`);
  // A probe of /v2/ may come in addition.
  expect(faultProxy.count({ kind: 'blob' })).toBe(1);
});

it('a limited upstream gets one request of each kind and method', async () => {
  const asked = limiting.seen.map(({ method, kind }) => `${method} ${kind}`);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked).toEqual([...new Set(asked)]);
  const limit = 'registry_cache_upstream_ratelimit_limit{upstream="limiting.test"}';
  const remaining = 'registry_cache_upstream_ratelimit_remaining{upstream="limiting.test"}';
  const metrics = (await readHealth(appliance, '/metrics')).split(/\r?\n/);
  expect(metrics).toEqual(expect.arrayContaining([`${limit} 100`, `${remaining} 0`]));
});

it('a missing tag is requested once, for a herd and for a while', async () => {
  faultProxy.forget();
  await using client = appliance.client();
  const ask = () => client.get('/v2/reg.test/unknown/manifests/herd');
  const herd = await Promise.all(Array.from({ length: 50 }, ask));
  expect(new Set(herd.map(({ status }) => status))).toEqual(new Set([404]));
  expect((await ask()).status).toBe(404);
  expect(faultProxy.count()).toBe(1);
});

it('a tag that is pushed after a 404 is found within seconds', async () => {
  await using client = appliance.client();
  const ask = async () => (await client.get('/v2/reg.test/team/late/manifests/v1')).status;
  expect(await ask()).toBe(404);
  await pushImage(registry, 'team/late', 'v1', { seed: 'late' });
  await until('the tag is there', async () => (await ask()) === 200, { timeoutMs: 20_000 });
});
