import {
  type Appliance,
  basicAuthorization,
  type Cdn,
  type CollectedSpan,
  createPodmanClient,
  type FaultProxy,
  makeImage,
  pushBundle,
  startCdn,
  startFaultProxy,
  startTokenService,
  startTraceCollector,
  type TokenService,
  type TraceCollector,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listHolders, readHealth } from './inside.ts';
import { openStage, type Stage } from './stage.ts';

const USER = { username: 'robot', password: 'the-password-of-the-registry' };
const COLLECTOR_LOGIN = 'Basic dGhlLWxvZ2luLW9mLXRoZS1jb2xsZWN0b3I=';
const IMAGE = makeImage({ seed: 'traces', layerSizesBytes: [1000, 12_000_000] });
let stage: Stage;
let collector: TraceCollector;
let tokens: TokenService;
let cdn: Cdn;
let faultProxy: FaultProxy;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  collector = stage.use(await startTraceCollector({ host }));
  tokens = stage.use(
    await startTokenService({
      host,
      anonymous: false,
      passwords: { [USER.username]: USER.password },
    }),
  );
  const registry = await stage.upstream({ tokens: tokens.trust });
  const token = await tokens.issue('repository:team/app:pull,push');
  await pushBundle({ ...registry, token }, 'team/app', 'v1', IMAGE);
  cdn = stage.use(await startCdn({ host, storageDir: registry.storageDir }));
  faultProxy = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  faultProxy.setRules({
    when: { kind: 'blob', headers: { authorization: /^Bearer / } },
    do: { redirect: ({ reference }) => cdn.signedUrl(reference) },
  });
  appliance = await stage.appliance(
    { 'reg.test': { url: faultProxy.url, entry: USER } },
    {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=${encodeURIComponent(COLLECTOR_LOGIN)}`,
        OTEL_SERVICE_NAME: 'cache-of-the-tests',
      },
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

const rootsOf = (spans: readonly CollectedSpan[]) =>
  spans.filter(({ parentId }) => parentId === undefined);

/** The spans of one trace, once these are there and none of them lacks its parent. */
async function untilWhole(traceId: string, ...names: string[]): Promise<CollectedSpan[]> {
  const own = () => collector.spans.filter((span) => span.traceId === traceId);
  const isWhole = () => {
    const ids = new Set(own().map(({ spanId }) => spanId));
    const isHere = (name: string) => own().some((span) => span.name === name);
    return (
      names.every(isHere) &&
      own().every(({ parentId }) => parentId === undefined || ids.has(parentId))
    );
  };
  await until(`a whole trace ${traceId} with ${names}`, isWhole, { timeoutMs: 20_000 });
  return own();
}

describe('a cold pull by podman', () => {
  let manifest: CollectedSpan[];

  beforeAll(async () => {
    await using podman = await createPodmanClient({ ca: appliance.ca });
    const pulled = await podman.pull(`${appliance.registry}/reg.test/team/app:v1`);
    expect(pulled).toMatchObject({ exitCode: 0 });
    const log = await appliance.accessLog();
    const id = log.find(({ kind, reference }) => kind === 'manifest' && reference === 'v1')?.id;
    manifest = await untilWhole(String(id).replaceAll('-', ''), 'GET manifest', 'fetch blob');
  });

  it('has a trace for each request that egress answered, by the id of the request', async () => {
    const log = await appliance.accessLog();
    const ids = log
      .filter(({ upstream, cache }) => upstream === 'reg.test' && cache === 'MISS')
      .map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(1);
    await expect
      .poll(
        () =>
          rootsOf(collector.spans).map(({ attributes }) => attributes['registry_cache.request_id']),
        { timeout: 20_000 },
      )
      .toEqual(expect.arrayContaining(ids));
    for (const root of rootsOf(collector.spans)) {
      expect(root.traceId).toBe(root.attributes['registry_cache.request_id']?.replaceAll('-', ''));
    }
  });

  it('goes from the edge to the token service, the registry and the CDN', () => {
    const requests = manifest.filter(({ name }) => name === 'GET' || name === 'HEAD');
    const ports = new Set(requests.map(({ attributes }) => Number(attributes['server.port'])));
    expect(ports).toEqual(new Set([faultProxy.port, tokens.port, cdn.port]));
    const names = new Set(manifest.map(({ name }) => name));
    for (const name of [
      'edge and hot lane',
      'tag',
      'wait for a turn',
      'token',
      'fetch blob',
      'receive',
      'range',
      'verify and store',
    ]) {
      expect(names).toContain(name);
    }
    const [root] = rootsOf(manifest);
    expect(root?.attributes).toMatchObject({
      'registry_cache.upstream': 'reg.test',
      'registry_cache.repository': 'team/app',
      'registry_cache.reference': 'v1',
      'registry_cache.cache': 'MISS',
      'http.response.status_code': '200',
    });
  });

  it('has spans that nest in time; only a fetch of a layer may outlast its request', () => {
    const byId = new Map(manifest.map((span) => [span.spanId, span]));
    for (const span of manifest) {
      expect(span.endUs).toBeGreaterThanOrEqual(span.startUs);
      const parent = byId.get(span.parentId ?? '');
      if (parent === undefined) continue;
      expect(span.startUs).toBeGreaterThanOrEqual(parent.startUs);
      if (span.name !== 'fetch blob') expect(span.endUs).toBeLessThanOrEqual(parent.endUs);
    }
  });

  it('begins when the edge got the request', async () => {
    const log = await appliance.accessLog();
    for (const root of rootsOf(manifest)) {
      const line = log.find(({ id }) => id === root.attributes['registry_cache.request_id']);
      expect(Math.abs(Date.parse(String(line?.time)) - root.startUs / 1000)).toBeLessThan(1_000);
    }
  });
});

describe('secrets', () => {
  it('are in no span: passwords, tokens, and signatures of the CDN', () => {
    const sent = collector.bodies.join('');
    const signature = new URL(cdn.signedUrl(IMAGE.blobs[0]?.digest ?? '')).search;
    for (const secret of [
      USER.password,
      signature,
      basicAuthorization(USER),
      'Bearer ',
      'signature=',
    ]) {
      expect(sent).not.toContain(secret);
    }
  });

  it('the headers for the collector reach it, and no log, program or file for all', async () => {
    expect(new Set(collector.authorizations)).toEqual(new Set([COLLECTOR_LOGIN]));
    expect(await appliance.logs()).not.toContain(COLLECTOR_LOGIN.slice(6));
    expect(await listHolders(appliance, 'OTEL_EXPORTER_OTLP_HEADERS')).toEqual([]);
    const search = `grep -rlF '${COLLECTOR_LOGIN.slice(6)}' /run/registry-cache --exclude-dir=secrets`;
    const { stdout } = await appliance.exec(['sh', '-c', `${search}; true`]);
    expect(stdout).toBe('');
  });

  it('are kept over a change of the input files', async () => {
    await appliance.exec(['registry-cache', 'reload']);
    const before = collector.authorizations.length;
    await using client = appliance.client();
    await client.get('/v2/reg.test/team/none/manifests/v1');
    await expect
      .poll(() => collector.authorizations.length, { timeout: 20_000 })
      .toBeGreaterThan(before);
    expect(new Set(collector.authorizations)).toEqual(new Set([COLLECTOR_LOGIN]));
  });
});

describe('hostile clients', () => {
  it.each([
    ['a broken traceparent', { traceparent: '00-<script>-00-01' }],
    ['a traceparent of zeros', { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01` }],
    ['an id that a terminal obeys', { 'x-request-id': 'a%1b[31m"\\' }],
  ])('%s gets a trace of its own', async (_, headers) => {
    await using client = appliance.client();
    const path = '/v2/reg.test/team/none/manifests/v1';
    const answer = await client.get(path, { headers });
    expect(answer.status).toBe(404);
    const id = String(answer.headers['x-request-id']);
    const traceId = id.replaceAll('-', '');
    await untilWhole(traceId, 'GET manifest');
    expect(collector.bodies.join('')).not.toMatch(/script|\[31m/);
  });

  it("a good traceparent makes the request a part of the client's trace", async () => {
    await using client = appliance.client();
    const traceId = 'c'.repeat(32);
    const headers = { traceparent: `00-${traceId}-${'d'.repeat(16)}-01` };
    await client.get('/v2/reg.test/team/none/manifests/v2', { headers });
    await expect
      .poll(
        () =>
          collector.spans.find((span) => span.traceId === traceId && span.name === 'GET manifest'),
        {
          timeout: 20_000,
        },
      )
      .toMatchObject({ parentId: 'd'.repeat(16) });
    expect(faultProxy.count({ headers: { traceparent: /./ } })).toBe(0);
  });
});

describe('a collector that is away', () => {
  it('costs no pull, and what is lost is counted', async () => {
    await collector.pause();
    await using client = appliance.client();
    for (let count = 0; count < 5; count += 1) {
      const answer = await client.get(`/v2/reg.test/team/none-${count}/manifests/v1`);
      expect(answer.status).toBe(404);
    }
    await expect
      .poll(() => readHealth(appliance, '/metrics'), { timeout: 60_000 })
      .toMatch(/registry_cache_egress_spans_total\{outcome="failed"\} [1-9]/);
    await collector.resume();
  });
});
