import {
  appendFileSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import {
  accessLine,
  addBlob,
  createDirectory,
  LONG_AGO_MS,
  readAccessMs,
} from '../testing/store.ts';
import { createCounts } from './counts.ts';
import { followAccessLog } from './follow-access-log.ts';

const TIME = '2026-03-01T00:00:00.000Z';
const TIME_MS = Date.parse(TIME);

function createFixture() {
  const root = createDirectory();
  const accessLog = join(root, 'access.log');
  const stateFile = join(root, 'logger.json');
  const failures: unknown[] = [];
  const start = (nowMs = Date.now) => {
    const stop = new AbortController();
    const counts = createCounts();
    const ended = followAccessLog({
      storeRoot: root,
      accessLog,
      stateFile,
      counts,
      nowMs,
      signal: stop.signal,
      pollMs: 20,
      onSave: async () => {},
      onFailure: (error) => failures.push(error),
    });
    const end = () => {
      stop.abort();
      return ended;
    };
    return { counts, end };
  };
  return { root, accessLog, stateFile, failures, start };
}

test('sets the access time of served blobs, and of no others', async () => {
  const { root, accessLog, start, failures } = createFixture();
  const [served, failed] = [addBlob(root, 'served'), addBlob(root, 'failed')];
  const worker = start();
  appendFileSync(accessLog, accessLine({ digest: served, time: TIME }));
  appendFileSync(accessLog, accessLine({ digest: failed, time: TIME, status: 500 }));
  await vi.waitFor(() => expect(readAccessMs(root, served)).toBe(TIME_MS), 10_000);
  await worker.end();
  expect(readAccessMs(root, failed)).toBe(LONG_AGO_MS);
  expect(worker.counts).toMatchObject({ lines: 2, touched: 1, skippedLines: 0 });
  expect(failures).toEqual([]);
});

test('an image ages as a whole: its config and layers get the time of its manifest', async () => {
  const { root, accessLog, start } = createFixture();
  const [config, layer] = [addBlob(root, 'config'), addBlob(root, 'layer')];
  const image = { config: { digest: config }, layers: [{ digest: layer }] };
  const manifest = addBlob(root, JSON.stringify(image));
  const index = addBlob(root, JSON.stringify({ manifests: [{ digest: manifest }] }));
  writeFileSync(accessLog, accessLine({ kind: 'manifest', digest: index, time: TIME }));
  await start().end();
  expect(readAccessMs(root, index)).toBe(TIME_MS);
  expect(readAccessMs(root, manifest)).toBe(LONG_AGO_MS);
  appendFileSync(accessLog, accessLine({ kind: 'manifest', digest: manifest, time: TIME }));
  await start().end();
  for (const digest of [manifest, config, layer]) expect(readAccessMs(root, digest)).toBe(TIME_MS);
});

test('reads to the end after the stop, and goes on there after the next start', async () => {
  const { root, accessLog, start } = createFixture();
  const digests = Array.from({ length: 50 }, (_, index) => addBlob(root, `blob ${index}`));
  writeFileSync(accessLog, digests.map((digest) => accessLine({ digest, time: TIME })).join(''));
  const first = start();
  await first.end();
  for (const digest of digests) expect(readAccessMs(root, digest)).toBe(TIME_MS);
  appendFileSync(accessLog, accessLine({ digest: digests[0] ?? '' }));
  const second = start();
  await second.end();
  expect([first.counts.lines, second.counts.lines]).toEqual([50, 1]);
});

test('reads all again without its position, and changes nothing by that', async () => {
  const { root, accessLog, stateFile, start } = createFixture();
  const digest = addBlob(root, 'blob');
  writeFileSync(accessLog, accessLine({ digest, time: TIME }));
  await start().end();
  writeFileSync(stateFile, 'half a pla');
  const again = start();
  await again.end();
  expect(again.counts).toMatchObject({ lines: 1, touched: 0 });
  expect(readAccessMs(root, digest)).toBe(TIME_MS);
});

test('goes on through a rotation', async () => {
  const { root, accessLog, start } = createFixture();
  const [before, after] = [addBlob(root, 'before'), addBlob(root, 'after')];
  const worker = start();
  writeFileSync(accessLog, accessLine({ digest: before, time: TIME }));
  renameSync(accessLog, `${accessLog}.1`);
  writeFileSync(accessLog, accessLine({ digest: after, time: TIME }));
  await vi.waitFor(() => expect(readAccessMs(root, after)).toBe(TIME_MS), 10_000);
  expect(readAccessMs(root, before)).toBe(TIME_MS);
  await worker.end();
});

test('counts garbage and goes on', async () => {
  const { root, accessLog, start } = createFixture();
  const digest = addBlob(root, 'blob');
  const garbage = ['\0\0\0', 'not a record', '{"kind":', 'x'.repeat(70_000), 'y'.repeat(600_000)];
  writeFileSync(accessLog, `${garbage.join('\n')}\n${accessLine({ digest, time: TIME })}`);
  const worker = start();
  await worker.end();
  expect(worker.counts).toMatchObject({ lines: 6, skippedLines: 5, touched: 1 });
  expect(readAccessMs(root, digest)).toBe(TIME_MS);
});

test('a digest with ../ in it touches no file outside the store', async () => {
  const { root, accessLog, start } = createFixture();
  const outside = join(root, 'data');
  writeFileSync(outside, 'x');
  utimesSync(outside, LONG_AGO_MS / 1000, LONG_AGO_MS / 1000);
  // Each would lead from blobs/<algorithm>/<xx>/<hex>/data to that file.
  const lines = ['sha256:../../..', '..:..', '.:../..'].map((digest) =>
    accessLine({ digest, time: '2030-01-01T00:00:00.000Z' }),
  );
  writeFileSync(accessLog, lines.join(''));
  const worker = start();
  await worker.end();
  expect(worker.counts).toMatchObject({ lines: 3, touched: 0, failedTouches: 0 });
  expect(statSync(outside).atimeMs).toBe(LONG_AGO_MS);
});

test('a time in the future counts as now, so that a wrong clock keeps no blob for ever', async () => {
  const { root, accessLog, start } = createFixture();
  const digest = addBlob(root, 'blob');
  writeFileSync(accessLog, accessLine({ digest, time: '2999-01-01T00:00:00.000Z' }));
  await start(() => TIME_MS).end();
  expect(readAccessMs(root, digest)).toBe(TIME_MS);
});

test('an evicted blob is not an error', async () => {
  const { accessLog, stateFile, start } = createFixture();
  const line = accessLine({ digest: `sha256:${'0'.repeat(64)}` });
  writeFileSync(accessLog, line);
  const worker = start();
  await worker.end();
  expect(worker.counts).toMatchObject({ lines: 1, touched: 0, failedTouches: 0 });
  expect(JSON.parse(readFileSync(stateFile, 'utf8'))).toMatchObject({ offset: line.length });
});
