import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { get } from 'node:https';
import { blobFile, egressDir } from '@registry-cache/domain';
import {
  type Appliance,
  type Bundle,
  type FaultProxy,
  type HttpResponse,
  type InterruptibleServer,
  layersOf,
  listenInterruptible,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMetric } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

const MIB = 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, 'x');
/** Longer than clients wait, and longer than the appliance makes them wait. */
const LATE_MS = 27_000;
let stage: Stage;
let endless: InterruptibleServer;
let faultProxy: FaultProxy;
let appliance: Appliance;
let image: Bundle;
let late: Bundle;
let lateAnswers: Promise<HttpResponse[]>;
const open = new Set<ServerResponse>();

beforeAll(async () => {
  stage = await openStage();
  const registry = await stage.upstream();
  const host = stage.network.gateway;
  faultProxy = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  endless = stage.use(await listenInterruptible({ host, onRequest: sendForEver }));
  const plan = { seed: 'stays', layerSizesBytes: [8 * MIB, 8 * MIB, 8 * MIB] };
  image = await pushImage(registry, 'team/app', 'v1', plan);
  late = await pushImage(registry, 'team/late', 'v1', { seed: 'late', layerSizesBytes: [MIB] });
  appliance = await stage.appliance(
    { 'reg.test': faultProxy, 'endless.test': { url: endless.url } },
    { env: { CLEANER_MAXSIZE: '48M', CLEANER_MIN_FREE: '0', PREFETCH: 'off' } },
  );
  await pullTargets(appliance, listTargets('reg.test', 'team/app', 'v1', image));
  faultProxy.setRules({ when: { path: /late\/blobs/ }, do: { delayMs: LATE_MS } });
  lateAnswers = askUntilAnswered(`/v2/reg.test/team/late/blobs/${layersOf(late)[0]?.digest}`);
});

afterAll(async () => {
  for (const response of open) response.destroy();
  await stage[Symbol.asyncDispose]();
});

/** A chunked body without a length or an end. */
async function sendForEver({ url, method }: IncomingMessage, response: ServerResponse) {
  if (url === '/v2/' || method === 'HEAD') return void response.end();
  open.add(response);
  response.once('close', () => open.delete(response));
  response.writeHead(200);
  while (!response.destroyed) {
    if (response.write(PIECE)) continue;
    const ends = new AbortController();
    const { signal } = ends;
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
    ends.abort();
  }
}

/** Tries again after a 503, by its Retry-After, as clients do. */
async function askUntilAnswered(path: string): Promise<HttpResponse[]> {
  await using client = appliance.client();
  const answers: HttpResponse[] = [];
  do {
    const waitS = Number(answers.at(-1)?.headers['retry-after'] ?? 0);
    await new Promise((resolve) => setTimeout(resolve, waitS * 1000));
    answers.push(await client.get(path));
  } while (answers.at(-1)?.status === 503 && answers.length < 4);
  return answers;
}

/** Reads so many bytes of a blob that never ends, then leaves. */
async function readSome(hex: string, leastBytes: number): Promise<void> {
  const path = `/v2/endless.test/team/app/blobs/sha256:${hex.repeat(64)}`;
  const request = get(`${appliance.url}${path}`, { ca: appliance.ca, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect([response.statusCode, response.headers['content-length']]).toEqual([200, undefined]);
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes >= leastBytes) break;
  }
  expect(bytes).toBeGreaterThanOrEqual(leastBytes);
}

async function isStillThere(): Promise<boolean> {
  const files = image.blobs.map(({ digest }) => stat(blobFile(appliance.storeDir, digest)));
  return (await Promise.allSettled(files)).every(({ status }) => status === 'fulfilled');
}

const untilEnded = () => until('the fetch has ended', () => open.size === 0, { timeoutMs: 30_000 });

const spooled = () => readdir(egressDir(appliance.storeDir));

describe('a blob without a size or an end', () => {
  it('is passed on beyond the space that it can reserve, and evicts no image', async () => {
    await readSome('a', 60 * MIB);
    expect(await isStillThere()).toBe(true);
    await untilEnded();
    expect(await spooled()).toEqual([]);
    const passed = 'registry_cache_egress_uncached_bytes_total{upstream="endless.test"}';
    expect(await readMetric(appliance, passed)).toBeGreaterThan(10 * MIB);
  });

  it('ends soon after its client has left', async () => {
    await readSome('b', 2 * MIB);
    await untilEnded();
    await until('nothing is left of it', async () => (await spooled()).length === 0);
    expect(await isStillThere()).toBe(true);
    await pullTargets(appliance, listTargets('reg.test', 'team/app', 'v1', image));
  });
});

describe('a blob whose first byte comes after clients have given up', () => {
  it('is fetched once: clients get a Retry-After, and join that fetch', async () => {
    const answers = await lateAnswers;
    expect(answers.map(({ status }) => status)).toEqual([503, 200]);
    expect(Number(answers[0]?.headers['retry-after'])).toBeGreaterThan(0);
    expect(answers[1]?.body.equals(layersOf(late)[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
    expect(faultProxy.count({ path: /late\/blobs/, method: 'GET' })).toBe(1);
    const up = 'registry_cache_egress_upstream_up{upstream="reg.test"}';
    expect(await readMetric(appliance, up)).toBe(1);
  });
});
