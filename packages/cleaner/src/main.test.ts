import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CleanerOptions } from '@registry-cache/domain';
import { expect, onTestFinished, test, vi } from 'vitest';
import { TestStore } from './testing/store.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

test('cleans at the start, reports it, and ends with 0 at SIGTERM', async () => {
  const store = new TestStore();
  const [old, recent] = [store.blob(600, 60), store.blob(600, 1)];
  const options: CleanerOptions = {
    logLevel: 'info',
    logFormat: 'json',
    storeRoot: store.root,
    maxSizeBytes: 900,
    thresholdPercent: 20,
    minFree: { bytes: 0, percent: null },
    socket: join(store.root, 'cleaner.sock'),
    events: { file: join(store.root, 'events', 'cleaner.jsonl'), rotateAtBytes: 1_000_000 },
    everyMs: 3_600_000,
    metricsDir: store.root,
  };
  const optionsFile = join(store.root, 'options.json');
  writeFileSync(optionsFile, JSON.stringify(options));
  const child = spawn(process.execPath, [MAIN, optionsFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const metrics = join(store.root, 'cleaner.prom');
  await vi.waitFor(() => expect(existsSync(metrics)).toBe(true), 10_000);
  expect([store.has(old), store.has(recent)]).toEqual([false, true]);
  expect(readFileSync(metrics, 'utf8').split('\n')).toEqual(
    expect.arrayContaining([
      'registry_cache_store_bytes 600',
      'registry_cache_store_limit_bytes 900',
      'registry_cache_store_blobs 1',
      'registry_cache_evicted_bytes_total{reason="start"} 600',
      'registry_cache_evicted_bytes_total{reason="reservation"} 0',
      'registry_cache_evicted_blobs_total{reason="start"} 1',
    ]),
  );
  const events = readFileSync(options.events.file, 'utf8').trimEnd().split('\n');
  expect(events.map((line) => JSON.parse(line))).toMatchObject([
    { event: 'eviction', digest: old },
    { event: 'size', usedBytes: 600, limitBytes: 900 },
  ]);
  const oldest = JSON.parse(readFileSync(join(store.root, 'events', 'oldest.json'), 'utf8'));
  expect(oldest).toMatchObject({ isAll: true, blobs: [{ digest: recent, sizeBytes: 600 }] });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(output).toContain('"freedBytes":600');
});
