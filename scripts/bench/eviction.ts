/**
 * Builds a big store, then measures a process that scans it and orders its blobs, as the cleaner
 * does before it removes the first one.
 *
 *     node scripts/bench/eviction.ts [--blobs 1000000] [--dir DIR] [--evict]
 *
 * `--dir` leaves the store there for the next run. `--evict` also evicts a tenth, with links.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  futimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createPace } from '../../packages/cleaner/src/pace.ts';
import { planEviction } from '../../packages/cleaner/src/plan/plan-eviction.ts';
import { Problems } from '../../packages/cleaner/src/problems.ts';
import { runOnce } from '../../packages/cleaner/src/run/run-once.ts';
import { measureStore } from '../../packages/cleaner/src/scan/measure-store.ts';
import { blobFile, layerLinkDir, repositoryDir } from '../../packages/domain/src/index.ts';
import { keepHeapLean } from '../../packages/runtime/src/index.ts';

const AIM = 'aim for 1,000,000: 20 s, 200 MB';
const BLOB_BYTES = 1_000_000;
const BLOBS_PER_REPOSITORY = 500;

const { values } = parseArgs({
  options: {
    blobs: { type: 'string', default: '1000000' },
    dir: { type: 'string' },
    evict: { type: 'boolean', default: false },
    measure: { type: 'string' },
  },
});

if (values.measure === undefined) buildAndMeasure();
else {
  keepHeapLean();
  await (values.evict ? measureEviction(values.measure) : measurePlan(values.measure));
}

function buildAndMeasure(): void {
  const root = values.dir ?? mkdtempSync(join(tmpdir(), 'registry-cache-bench-'));
  try {
    if (!existsSync(join(root, 'blobs'))) buildStore(root, Number(values.blobs), values.evict);
    measureIn(['--measure', root]);
    if (values.evict) measureIn(['--measure', root, '--evict']);
  } finally {
    if (values.dir === undefined) rmSync(root, { recursive: true, force: true });
  }
}

/** Sparse files have a size without data, so only names and inodes take space. */
function buildStore(root: string, blobs: number, withLinks: boolean): void {
  process.stderr.write(`building a store of ${blobs} blobs in ${root}\n`);
  const nowSeconds = Date.now() / 1000;
  for (let index = 0; index < blobs; index += 1) {
    const digest = `sha256:${createHash('sha256').update(String(index)).digest('hex')}`;
    const file = blobFile(root, digest);
    mkdirSync(join(file, '..'), { recursive: true });
    const open = openSync(file, 'w');
    ftruncateSync(open, BLOB_BYTES);
    futimesSync(open, nowSeconds - 60 - ((index * 7919) % blobs), nowSeconds - 1e7);
    closeSync(open);
    if (!withLinks) continue;
    const name = `org/app-${Math.floor(index / BLOBS_PER_REPOSITORY)}`;
    const link = layerLinkDir(repositoryDir(root, 'quay.io', name), digest);
    mkdirSync(link, { recursive: true });
    writeFileSync(join(link, 'link'), digest);
  }
}

function measureIn(args: readonly string[]): void {
  const script = fileURLToPath(import.meta.url);
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}

async function measurePlan(root: string): Promise<void> {
  const startedMs = performance.now();
  const { table, usedBytes } = await measureStore(root, new Problems(), createPace(), Date.now());
  const limits = { startBytes: 0, targetBytes: usedBytes * 0.9 };
  const { victims } = planEviction(table, { usedBytes, limits, nowMs: Date.now() });
  print(`planned ${victims} of ${table.count} blobs`, startedMs, `(${AIM})`);
}

async function measureEviction(root: string): Promise<void> {
  const startedMs = performance.now();
  const { usedBytes } = await measureStore(root, new Problems(), createPace(), Date.now());
  const limits = { startBytes: 0, targetBytes: usedBytes * 0.9 };
  const { evictedBlobs, removedLinks } = await runOnce({
    root,
    limits,
    nowMs: Date.now,
    sweepAlways: false,
  });
  print(`evicted ${evictedBlobs} blobs and ${removedLinks} links`, startedMs, '(two scans)');
}

function print(what: string, startedMs: number, aim: string): void {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1000);
  process.stdout.write(`${what} in ${seconds} s, peak memory ${peakMb} MB ${aim}\n`);
}
