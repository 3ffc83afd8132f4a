/**
 * Follows a long access log as the logger does after a pause, and measures the lines that it
 * reads, parses and touches in a second.
 *
 *     node scripts/bench/log-follow.ts [--lines 500000] [--blobs 5000]
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type AccessRecord, blobFile } from '../../packages/domain/src/index.ts';
import { createCounts, followAccessLog } from '../../packages/logger/src/index.ts';
import { keepHeapLean } from '../../packages/runtime/src/index.ts';

const AIM = 'aim: 50,000 lines/s';
const LINES_PER_WRITE = 1000;

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '500000' },
    blobs: { type: 'string', default: '5000' },
    measure: { type: 'string' },
  },
});
const lines = Number(values.lines);

if (values.measure === undefined) buildAndMeasure();
else {
  keepHeapLean();
  await measure(values.measure);
}

function buildAndMeasure(): void {
  const root = mkdtempSync(join(tmpdir(), 'registry-cache-bench-'));
  try {
    writeLog(join(root, 'access.log'), buildStore(root, Number(values.blobs)));
    const script = fileURLToPath(import.meta.url);
    const args = [script, '--lines', String(lines), '--measure', root];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function buildStore(root: string, blobs: number): string[] {
  return Array.from({ length: blobs }, (_, index) => {
    const digest = `sha256:${createHash('sha256').update(String(index)).digest('hex')}`;
    mkdirSync(dirname(blobFile(root, digest)), { recursive: true });
    writeFileSync(blobFile(root, digest), '');
    return digest;
  });
}

function writeLog(file: string, digests: readonly string[]): void {
  const open = openSync(file, 'w');
  const startMs = Date.now();
  for (let first = 0; first < lines; first += LINES_PER_WRITE) {
    const count = Math.min(LINES_PER_WRITE, lines - first);
    const batch = Array.from({ length: count }, (_, nth) => {
      const digest = digests[((first + nth) * 7919) % digests.length] ?? '';
      return `${JSON.stringify(buildRecord(digest, startMs + first + nth))}\n`;
    });
    writeSync(open, batch.join(''));
  }
  closeSync(open);
}

function buildRecord(digest: string, timeMs: number): AccessRecord {
  return {
    time: new Date(timeMs).toISOString(),
    id: randomUUID(),
    ms: 143,
    firstByteMs: 2,
    client: '192.0.2.17',
    user: 'node-pool-a',
    method: 'GET',
    upstream: 'quay.io',
    repository: 'organisation/application',
    kind: 'blob',
    reference: digest,
    digest,
    status: 200,
    bytes: 31_457_280,
    cache: 'HIT',
    agent: 'containerd/2.1.4',
    end: '--',
    path: `/v2/quay.io/organisation/application/blobs/${digest}`,
    note: '',
    way: 'path',
    audit: '',
  };
}

async function measure(root: string): Promise<void> {
  const counts = createCounts();
  const stop = new AbortController();
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  const ended = followAccessLog({
    storeRoot: root,
    accessLog: join(root, 'access.log'),
    stateFile: join(root, 'logger.json'),
    counts,
    nowMs: () => Number.MAX_SAFE_INTEGER,
    signal: stop.signal,
    onSave: async () => {},
    onFailure: (error) => {
      throw error;
    },
  });
  while (counts.lines < lines) await setTimeout(5);
  stop.abort();
  await ended;
  const seconds = (performance.now() - startedMs) / 1000;
  const rate = Math.round(lines / seconds).toLocaleString('en');
  const { user, system } = process.cpuUsage(startedCpu);
  const byCpu = Math.round((lines / (user + system)) * 1e6).toLocaleString('en');
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1000);
  const done = `${rate} lines/s, ${byCpu} for each second of CPU, ${counts.touched} touches`;
  process.stdout.write(`followed ${lines} lines at ${done}, peak memory ${peakMb} MB (${AIM})\n`);
}
