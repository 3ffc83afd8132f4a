import { formatMetrics } from '@registry-cache/runtime';
import { beforeEach, expect, test } from 'vitest';
import { type AuthReport, createAuthReport } from './report.ts';

let nowMs: number;
let lines: Record<string, unknown>[];
let report: AuthReport;

beforeEach(() => {
  nowMs = 0;
  lines = [];
  const warn = (fields: object, msg: string) => lines.push({ ...fields, msg });
  report = createAuthReport({ warn }, () => nowMs);
});

test('logs the first failure of a source at once, and the numbers from time to time', () => {
  report.refused('192.0.2.1', { user: 'ann' });
  for (let count = 0; count < 9; count += 1) report.refused('192.0.2.1', {});
  for (let count = 0; count < 5_000; count += 1) report.limited('192.0.2.1');
  report.refused('192.0.2.2', {});
  nowMs = 10_000;
  report.limited('192.0.2.1');
  expect(lines).toMatchObject([
    { client: '192.0.2.1', user: 'ann', refused: 1, limited: 0, msg: 'credentials refused' },
    { client: '192.0.2.2', refused: 1, limited: 0 },
    { client: '192.0.2.1', refused: 9, limited: 5_001 },
  ]);
});

test('counts everything', () => {
  report.accepted();
  report.refused('192.0.2.1', {});
  for (let count = 0; count < 3; count += 1) report.limited('192.0.2.1');
  report.remembered();
  report.turnedAway();
  const text = formatMetrics(report.metrics(7));
  for (const [outcome, value] of Object.entries({
    accepted: 1,
    refused: 1,
    remembered: 1,
    limited: 3,
    'turned-away': 1,
  })) {
    expect(text).toContain(`registry_cache_auth_checks_total{outcome="${outcome}"} ${value}\n`);
  }
  expect(text).toContain('registry_cache_auth_waiting 7\n');
});
