import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metric } from '@registry-cache/runtime';
import { expect, test, vi } from 'vitest';
import { createDirectory } from '../testing/store.ts';
import { followReport } from './follow-report.ts';

const COLLECTOR = 'tcp://logs.example.com:514';

function follow(signal: AbortSignal) {
  const reportPipe = join(createDirectory(), 'report.pipe');
  execFileSync('mkfifo', [reportPipe]);
  const onMetrics = vi.fn(async (_metrics: readonly Metric[]) => {});
  const onFailure = vi.fn();
  const log = { info: vi.fn(), warn: vi.fn() };
  const collectors = { 'collector-1': COLLECTOR };
  const end = followReport({ reportPipe, collectors, log, signal, onMetrics, onFailure });
  return { reportPipe, onMetrics, onFailure, end };
}

test('makes metrics of each line, and ends when it is stopped', async () => {
  const stop = new AbortController();
  const { reportPipe, onMetrics, onFailure, end } = follow(stop.signal);
  const counters = {
    name: 'collector-1 queue',
    size: 3,
    enqueued: 5,
    'discarded.full': 2,
    'discarded.nf': 0,
  };
  appendFileSync(reportPipe, `${JSON.stringify(counters)}\n`);
  await vi.waitFor(() => expect(onMetrics).toHaveBeenCalledTimes(1));
  expect(onMetrics.mock.calls[0]?.[0].map(({ value }) => value)).toEqual([2, 3]);
  stop.abort();
  await end;
  expect(onFailure).not.toHaveBeenCalled();
});

test('ends at once if it is stopped already', async () => {
  const { onFailure, end } = follow(AbortSignal.abort());
  await end;
  expect(onFailure).not.toHaveBeenCalled();
});
