import { SingleFlight } from '@registry-cache/runtime';
import { expect, it } from 'vitest';
import { inSpan, joinInSpan } from '../wire/spans.ts';
import { createTracer, type EndedSpan, type TracedRequest } from './tracer.ts';

const REQUEST: TracedRequest = {
  requestId: '0af76519-16cd-43dd-8448-eb211c80319c',
  traceparent: undefined,
  receivedMs: 900,
  name: 'GET manifest',
  attributes: {},
};

function stage() {
  const ended: EndedSpan[] = [];
  let monotonicMs = 0;
  let leftOut = 0;
  const tracer = createTracer({
    options: { sampler: 'parentbased_always_on', ratio: 1 },
    onEnd: (span) => ended.push(span),
    onLeftOut: () => {
      leftOut += 1;
    },
    now: () => 1_000,
    monotonic: () => (monotonicMs += 1),
  });
  return { tracer, ended, leftOut: () => leftOut };
}

it('puts the work of a request below it, from its arrival at the edge on', async () => {
  const { tracer, ended } = stage();
  const root = tracer.open(REQUEST);
  if (root === undefined) throw new Error('not sampled');
  await tracer.run(root, () =>
    inSpan(tracer, 'outer', { a: 1 }, () => inSpan(tracer, 'inner', {}, async () => 1)),
  );
  root.end();
  root.end();
  const [edge, inner, outer, whole] = ended;
  expect(ended.map(({ name }) => name)).toEqual([
    'edge and hot lane',
    'inner',
    'outer',
    'GET manifest',
  ]);
  expect(new Set(ended.map(({ traceId }) => traceId))).toEqual(
    new Set(['0af7651916cd43dd8448eb211c80319c']),
  );
  expect([edge?.parentId, outer?.parentId]).toEqual([root.spanId, root.spanId]);
  expect(inner?.parentId).toBe(outer?.spanId);
  expect([whole?.startMs, edge?.startMs, whole?.parentId]).toEqual([900, 900, undefined]);
});

it("goes on with a client's trace, and obeys its flag", () => {
  const { tracer, ended } = stage();
  const ids = `${'a'.repeat(32)}-${'b'.repeat(16)}`;
  tracer.open({ ...REQUEST, traceparent: `00-${ids}-01` })?.end();
  expect(ended.at(-1)).toMatchObject({ traceId: 'a'.repeat(32), parentId: 'b'.repeat(16) });
  expect(tracer.open({ ...REQUEST, traceparent: `00-${ids}-00` })).toBeUndefined();
});

it('limits the spans of one request, and counts the others', async () => {
  const { tracer, ended, leftOut } = stage();
  const root = tracer.open(REQUEST);
  if (root === undefined) throw new Error('not sampled');
  await tracer.run(root, async () => {
    for (let count = 0; count < 300; count += 1) await inSpan(tracer, 'part', {}, async () => 1);
  });
  expect(ended.filter(({ name }) => name === 'part')).toHaveLength(256);
  expect(leftOut()).toBe(44);
});

it('tells the kind of a failure, and never its message', async () => {
  const { tracer, ended } = stage();
  const root = tracer.open(REQUEST);
  if (root === undefined) throw new Error('not sampled');
  const failing = (error: Error) => inSpan(tracer, 'part', {}, () => Promise.reject(error));
  await tracer.run(root, async () => {
    await failing(new TypeError('https://cdn.example.com/?X-Amz-Signature=secret')).catch(() => 0);
    await failing(Object.assign(new Error('secret'), { phase: 'tls' })).catch(() => 0);
  });
  expect(ended.slice(1).map(({ failure }) => failure)).toEqual(['TypeError', 'tls']);
  expect(JSON.stringify(ended)).not.toContain('secret');
});

it('links those who wait to the work that they wait for', async () => {
  const { tracer, ended } = stage();
  const flight = new SingleFlight<number>();
  const { promise, resolve } = Promise.withResolvers<number>();
  const join = (requestId: string) => {
    const root = tracer.open({ ...REQUEST, requestId });
    if (root === undefined) throw new Error('not sampled');
    return tracer.run(root, () => joinInSpan(tracer, flight, 'a', 'tag check', () => promise));
  };
  const all = [join('first'), join('second'), join('third')];
  resolve(7);
  expect(await Promise.all(all)).toEqual([7, 7, 7]);
  const work = ended.find(({ name }) => name === 'tag check');
  const waits = ended.filter(({ name }) => name === 'wait for tag check');
  expect(waits.map(({ links }) => links)).toEqual(
    Array(2).fill([{ traceId: work?.traceId, spanId: work?.spanId }]),
  );
  expect(tracer.shared.size).toBe(0);
});

it('measures nothing outside of a traced request', async () => {
  const { tracer, ended } = stage();
  expect(await inSpan(tracer, 'part', {}, async (span) => span)).toBeUndefined();
  expect(await inSpan(undefined, 'part', {}, async (span) => span)).toBeUndefined();
  expect(ended).toEqual([]);
});
