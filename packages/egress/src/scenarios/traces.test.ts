import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { LARGE, LARGE_DIGEST, startLargeBlobOrigin } from '../testing/large-blob.ts';
import { ociError, reply, startOrigin } from '../testing/origin.ts';
import { attributeOf, type ReceivedSpan, startTraceCollector } from '../testing/trace-collector.ts';
import { digestOf } from '../wire/http/digest.ts';

const ID = '0af76519-16cd-43dd-8448-eb211c80319c';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const BLOB_PATH = `/v2/team/app/blobs/${LARGE_DIGEST}`;
const TAG_PATH = '/v2/team/app/manifests/v1';
const OTHER = Buffer.from('{}');
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { digest: digestOf(OTHER), size: OTHER.length },
  layers: [{ digest: LARGE_DIGEST, size: LARGE.length }],
});

/** A registry with tokens, whose layers are at a CDN, and an egress that sends its traces. */
async function openStage(
  change: { toUpstreams?: boolean; headersFile?: string; prefetchMaxBytes?: number } = {},
) {
  const { prefetchMaxBytes = 0, ...traces } = change;
  const stack = new AsyncDisposableStack();
  const collector = stack.use(await startTraceCollector());
  const cdn = stack.use(await startLargeBlobOrigin());
  const tokens = stack.use(
    await startOrigin((_seen, response) => reply(response, 200, '{"token":"a-secret-token"}')),
  );
  const registry = stack.use(
    await startOrigin(({ url, headers, method }, response) => {
      if (headers.authorization !== 'Bearer a-secret-token') {
        return reply(response, 401, ociError('UNAUTHORIZED', 'log in'), {
          'www-authenticate': `Bearer realm="${tokens.url}/token?key=a-secret-key",service="reg"`,
        });
      }
      if (url.endsWith(LARGE_DIGEST)) {
        return reply(response, 307, '', { location: `${cdn.url}/b?X-Amz-Signature=a-secret-sign` });
      }
      if (url.includes('/blobs/')) return reply(response, 200, OTHER);
      reply(response, 200, method === 'HEAD' ? '' : MANIFEST, {
        'content-type': 'application/vnd.oci.image.manifest.v1+json',
      });
    }),
  );
  const egress = stack.use(
    await startFixture(registry.url, {
      options: {
        ...collector.options(traces),
        upstreams: [upstreamAt(registry.url, { prefetchMaxBytes })],
      },
    }),
  );
  await egress.setCredentials({ up: { kind: 'basic', username: 'u', password: 'a-secret-word' } });
  const pull = async (path: string, headers: Record<string, string> = { 'x-request-id': ID }) => {
    const received = { 'x-received': String(Date.now() - 20) };
    const response = await egress.open(path, { headers: { ...received, ...headers } });
    await buffer(response);
    return response.statusCode;
  };
  const fetchNow = async () => {
    const { body } = await egress.ask('/state', { over: 'socket' });
    return (JSON.parse(body).fetches as { readers: number }[])[0];
  };
  /** All spans, once the one of this name is here. */
  const untilSpan = async (name: string, count = 1): Promise<ReceivedSpan[]> => {
    await expect
      .poll(() => collector.spans().filter((span) => span.name === name).length, { timeout: 8_000 })
      .toBe(count);
    return collector.spans();
  };
  return Object.assign(stack, {
    collector,
    registry,
    cdn,
    tokens,
    egress,
    pull,
    fetchNow,
    untilSpan,
  });
}

/** Each span, with those below it, as one text. */
function drawTree(spans: readonly ReceivedSpan[], parentId?: string): unknown[] {
  return spans
    .filter((span) => span.parentSpanId === parentId)
    .sort((one, other) => Number(BigInt(one.startTimeUnixNano) - BigInt(other.startTimeUnixNano)))
    .map((span) => {
      const below = drawTree(spans, span.spanId);
      return below.length === 0 ? span.name : [span.name, ...below];
    });
}

function expectNested(spans: readonly ReceivedSpan[]): void {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  for (const span of spans) {
    const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
    expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
    if (span.parentSpanId === undefined) continue;
    expect(parent, `parent of ${span.name}`).toBeDefined();
    expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(
      BigInt(parent?.startTimeUnixNano ?? 0),
    );
  }
}

describe('a cold pull', () => {
  test('has a trace from the edge to the CDN, by the id of the request', async () => {
    await using stage = await openStage();
    expect(await stage.pull(BLOB_PATH)).toBe(200);
    await stage.untilSpan('GET blob');
    const spans = await stage.untilSpan('fetch blob');
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]));
    expectNested(spans);
    const [root] = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(root?.name).toBe('GET blob');
    expect(attributeOf(root, 'registry_cache.request_id')).toBe(ID);
    expect(attributeOf(root, 'registry_cache.digest')).toBe(LARGE_DIGEST);
    expect(attributeOf(root, 'http.response.status_code')).toBe('200');
    expect(attributeOf(root, 'registry_cache.cache')).toBe('MISS');
    const [edge] = spans.filter(({ name }) => name === 'edge and hot lane');
    expect(edge?.startTimeUnixNano).toBe(root?.startTimeUnixNano);
    const tree = JSON.stringify(drawTree(spans));
    expect(tree).toContain('["fetch blob","wait for a turn","GET",["token","GET"],"GET","GET"');
    expect(tree).toContain('"verify and store"');
    const requests = spans.filter(({ name }) => name === 'GET');
    const ports = [stage.registry, stage.tokens, stage.registry, stage.cdn].map(({ port }) =>
      String(port),
    );
    expect(requests.slice(0, 4).map((span) => attributeOf(span, 'server.port'))).toEqual(ports);
    expect(
      requests.slice(0, 4).map((span) => attributeOf(span, 'http.response.status_code')),
    ).toEqual(['401', '200', '307', '206']);
    expect(spans.filter(({ name }) => name === 'range').length).toBeGreaterThan(1);
    const [blob] = spans.filter(({ name }) => name === 'fetch blob');
    expect(attributeOf(blob, 'registry_cache.outcome')).toBe('stored');
    expect(attributeOf(blob, 'registry_cache.bytes')).toBe(String(LARGE.length));
  });

  test('by a tag has the check of the tag, and the layers that it fetches ahead', async () => {
    await using stage = await openStage({ prefetchMaxBytes: 100_000_000 });
    await stage.pull(TAG_PATH);
    const spans = await stage.untilSpan('fetch blob', 2);
    const [root] = spans.filter(({ name }) => name === 'GET manifest');
    const [tag] = spans.filter(({ name }) => name === 'tag');
    expect(tag?.parentSpanId).toBe(root?.spanId);
    expect(attributeOf(root, 'registry_cache.reference')).toBe('v1');
    for (const fetch of spans.filter(({ name }) => name === 'fetch blob')) {
      expect(fetch.parentSpanId).toBe(root?.spanId);
    }
  });

  test('of many clients is one fetch, which the others name', async () => {
    await using stage = await openStage();
    stage.cdn.state.gate = 100_000;
    const pulls = ['one', 'two', 'three'].map((id) =>
      stage.pull(BLOB_PATH, { 'x-request-id': id }),
    );
    // The fetch waits at the gate, so that the others join it.
    await expect.poll(() => stage.cdn.state.sentBytes).toBeGreaterThan(0);
    await expect.poll(async () => (await stage.fetchNow())?.readers, { timeout: 8_000 }).toBe(3);
    stage.cdn.state.gate = Number.POSITIVE_INFINITY;
    await Promise.all(pulls);
    await stage.untilSpan('GET blob', 3);
    const spans = await stage.untilSpan('fetch blob');
    const own = spans.filter(({ name }) => name === 'fetch blob');
    const waits = spans.filter(({ name }) => name === 'wait for a running fetch');
    expect(waits.map(({ links }) => links)).toEqual(
      Array(2).fill([{ traceId: own[0]?.traceId, spanId: own[0]?.spanId }]),
    );
  });
});

describe('secrets and hostile texts', () => {
  test('tokens, passwords and queries of URLs are in no span', async () => {
    await using stage = await openStage();
    await stage.pull(BLOB_PATH, { 'x-request-id': ID, cookie: 'a-secret-cookie' });
    await stage.untilSpan('fetch blob');
    await stage.untilSpan('GET blob');
    const sent = stage.collector.origin.seen.map(({ body }) => body).join('');
    expect(sent).not.toMatch(/a-secret|Signature|\/token|Basic|Bearer/);
  });

  test('a path that is none of the protocol is not told', async () => {
    await using stage = await openStage();
    expect(await stage.pull('/v2/%1b%5b31m/../<script>?token=a-secret')).toBe(404);
    const spans = await stage.untilSpan('GET');
    expect(JSON.stringify(spans)).not.toMatch(/script|secret|%1b/);
  });

  test.each(['two words', '', '\u00e9', 'x'.repeat(65)])('the id %j makes no trace', async (id) => {
    await using stage = await openStage();
    await stage.pull(TAG_PATH, id === '' ? {} : { 'x-request-id': id });
    await stage.pull(TAG_PATH, { 'x-request-id': 'good' });
    const spans = await stage.untilSpan('GET manifest');
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(roots.map((span) => attributeOf(span, 'registry_cache.request_id'))).toEqual(['good']);
  });
});

describe('traceparent', () => {
  const ids = { trace: 'a'.repeat(32), span: 'b'.repeat(16) };
  const headers = { 'x-request-id': ID, traceparent: `00-${ids.trace}-${ids.span}-01` };

  test("of a client makes the request a part of the client's trace, and goes nowhere", async () => {
    await using stage = await openStage();
    await stage.pull(BLOB_PATH, headers);
    const spans = await stage.untilSpan('GET blob');
    const root = spans.find(({ name }) => name === 'GET blob');
    expect(root).toMatchObject({ traceId: ids.trace, parentSpanId: ids.span });
    const seen = [...stage.registry.seen, ...stage.cdn.seen, ...stage.tokens.seen];
    expect(seen.filter((one) => one.headers.traceparent !== undefined)).toEqual([]);
  });

  test('is given to the registry alone where the operator says so', async () => {
    await using stage = await openStage({ toUpstreams: true });
    await stage.pull(BLOB_PATH, headers);
    const spans = await stage.untilSpan('GET blob');
    const told = stage.registry.seen.map((one) => String(one.headers.traceparent));
    expect(told.length).toBeGreaterThan(0);
    for (const header of told) {
      const [, trace, span] = header.split('-');
      expect(trace).toBe(ids.trace);
      expect(spans.find(({ spanId }) => spanId === span)?.name).toBe('GET');
    }
    const others = [...stage.cdn.seen, ...stage.tokens.seen];
    expect(others.filter((one) => one.headers.traceparent !== undefined)).toEqual([]);
  });
});
