import {
  type Appliance,
  type Content,
  makeContent,
  OCI,
  pushBundle,
  type RegistryProcess,
  seededBytes,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listPrograms } from './inside.ts';
import { openStage, type Stage } from './stage.ts';

const MIB = 1024 * 1024;
const SIZE_BYTES = 300 * MIB;
/** Pulled before, so that what V8 lets wait for its collector is in the first figures. */
const FIRST_SIZE_BYTES = 64 * MIB;
/** Far more than sockets and stream buffers hold, and far less than the blob exceeds the first. */
const GROWTH_LIMIT_BYTES = 100 * MIB;
let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  appliance = await stage.appliance({ 'reg.test': upstream });
  const first = await pushBlob('first', FIRST_SIZE_BYTES);
  await using client = appliance.client();
  const answer = await client.get(`/v2/reg.test/team/big/blobs/${first.digest}`);
  expect(answer.body.equals(first.bytes)).toBe(true);
});

afterAll(() => stage[Symbol.asyncDispose]());

async function pushBlob(seed: string, sizeBytes = SIZE_BYTES): Promise<Content> {
  const blob = makeContent(OCI.layer, seededBytes(seed, sizeBytes));
  // Only the blob: a request for it needs no manifest.
  await pushBundle(upstream, 'team/big', undefined, { top: blob, manifests: [], blobs: [blob] });
  return blob;
}

/** The peak memory of each program, by pid and name. */
async function peakBytes(): Promise<Map<string, number>> {
  const programs = await listPrograms(appliance);
  const { stdout } = await appliance.exec(['sh', '-c', 'grep VmHWM /proc/[0-9]*/status']);
  const peaks = new Map(
    [...stdout.matchAll(/^\/proc\/(\d+)\/status:VmHWM:\s*(\d+) kB$/gm)].map(
      ([, pid, kib]) => [Number(pid), Number(kib) * 1024] as const,
    ),
  );
  return new Map(programs.map(({ pid, name }) => [`${name} ${pid}`, peaks.get(pid) ?? 0]));
}

it.each([
  ['from egress into the store', 'whole', undefined, 0],
  ['from egress to the client alone', 'part', `bytes=${20 * MIB}-`, 20 * MIB],
])('a large blob %s is in no program’s memory', async (_way, seed, range, start) => {
  const blob = await pushBlob(seed);
  const before = await peakBytes();
  for (const name of ['egress', 'engine-reg.test', 'nginx-worker', 'haproxy-worker']) {
    const measured = [...before].filter(([program]) => program.startsWith(`${name} `));
    expect([name, measured.every(([, bytes]) => bytes > 0) && measured.length > 0]).toEqual([
      name,
      true,
    ]);
  }
  await using client = appliance.client();
  const headers: Record<string, string> = range === undefined ? {} : { range };
  const answer = await client.get(`/v2/reg.test/team/big/blobs/${blob.digest}`, { headers });
  expect(answer.body.equals(blob.bytes.subarray(start))).toBe(true);
  const grown = [...(await peakBytes())].filter(
    ([program, bytes]) => bytes - (before.get(program) ?? 0) > GROWTH_LIMIT_BYTES,
  );
  expect(grown).toEqual([]);
});
