import { formatMetrics } from '@registry-cache/runtime';
import { expect, test } from 'vitest';
import { parseLine } from '../parse/parse-line.ts';
import { accessLine } from '../testing/store.ts';
import { AnswerCounts } from './answer-counts.ts';

const SERVED = {
  'quay.io': { key: 'quay.io', host: 'quay.io' },
  'quay.io_team-563050d6': { key: 'quay.io/team', host: 'quay.io' },
};

function countLines(lines: readonly string[]): string {
  const counts = new AnswerCounts(() => SERVED);
  for (const line of lines) {
    const parsed = parseLine(line);
    if (parsed !== 'garbage') counts.add(parsed.answer);
  }
  return formatMetrics(counts.buildMetrics());
}

test('counts answers and their bytes by upstream, kind and outcome', () => {
  const page = countLines([
    accessLine({ cache: 'HIT', bytes: 1000 }),
    accessLine({ cache: 'HIT', bytes: 24 }),
    accessLine({ cache: 'MISS', bytes: 7 }),
    accessLine({ upstream: 'quay.io_team-563050d6', kind: 'manifest', cache: 'STALE', bytes: 5 }),
    accessLine({ upstream: '', repository: '', kind: 'ping', cache: '', bytes: 3 }),
  ]);
  for (const line of [
    'registry_cache_answers_total{upstream="quay.io",kind="blob",outcome="hit"} 2',
    'registry_cache_served_bytes_total{upstream="quay.io",kind="blob",outcome="hit"} 1024',
    'registry_cache_served_bytes_total{upstream="quay.io",kind="blob",outcome="miss"} 7',
    'registry_cache_answers_total{upstream="quay.io/team",kind="manifest",outcome="stale"} 1',
    'registry_cache_answers_total{upstream="",kind="ping",outcome="answered"} 1',
  ]) {
    expect(page).toContain(`${line}\n`);
  }
});

test('shows hits, misses and stale of each upstream before there are any', () => {
  const page = countLines([]);
  for (const line of [
    'registry_cache_answers_total{upstream="quay.io",kind="blob",outcome="hit"} 0',
    'registry_cache_answers_total{upstream="quay.io/team",kind="manifest",outcome="stale"} 0',
    'registry_cache_rule_verdicts_total{upstream="quay.io",verdict="refused"} 0',
  ]) {
    expect(page).toContain(`${line}\n`);
  }
});

test('tells how long a GET took, to the first byte and to the last', () => {
  const page = countLines([
    accessLine({ cache: 'MISS', ms: 300, firstByteMs: 40 }),
    accessLine({ cache: 'MISS', ms: 3, firstByteMs: 3 }),
    accessLine({ cache: 'MISS', method: 'HEAD', ms: 9_000 }),
    accessLine({ cache: 'MISS', status: 502, ms: 9_000 }),
    accessLine({ cache: 'MISS', ms: 200_000, firstByteMs: -1 }),
  ]);
  const labels = 'kind="blob",outcome="miss"';
  for (const line of [
    `registry_cache_answer_first_byte_seconds_bucket{${labels},le="0.005"} 1`,
    `registry_cache_answer_first_byte_seconds_bucket{${labels},le="0.05"} 2`,
    `registry_cache_answer_first_byte_seconds_count{${labels}} 2`,
    `registry_cache_answer_duration_seconds_bucket{${labels},le="0.25"} 1`,
    `registry_cache_answer_duration_seconds_bucket{${labels},le="0.5"} 2`,
    `registry_cache_answer_duration_seconds_bucket{${labels},le="120"} 2`,
    `registry_cache_answer_duration_seconds_bucket{${labels},le="+Inf"} 3`,
    `registry_cache_answer_duration_seconds_sum{${labels}} 200.303`,
  ]) {
    expect(page).toContain(`${line}\n`);
  }
});

test('counts what the rules let through and refused', () => {
  const page = countLines([
    accessLine({}),
    accessLine({ status: 404 }),
    accessLine({ status: 403, audit: 'refused ann%20may%20not%20pull' }),
    accessLine({ status: 503 }),
  ]);
  expect(page).toContain('rule_verdicts_total{upstream="quay.io",verdict="allowed"} 2\n');
  expect(page).toContain('rule_verdicts_total{upstream="quay.io",verdict="refused"} 1\n');
});

test('100,000 different names, agents and references of clients make no series', () => {
  const counts = new AnswerCounts(() => SERVED);
  const seriesOf = () => formatMetrics(counts.buildMetrics()).split('\n').length;
  const kinds = ['blob', 'manifest', 'tags', 'other', 'ping"} 1\nx'] as const;
  const addAll = (from: number, to: number) => {
    for (let index = from; index < to; index += 1) {
      const line = accessLine({
        upstream: index % 3 === 0 ? 'quay.io' : `evil-${index}"}\n.example`,
        repository: `team/${index}`,
        reference: `tag-${index}`,
        agent: `agent/${index}`,
        kind: kinds[index % kinds.length] as 'blob',
        status: [200, 404, 403, 500, -1, 299 + index][index % 6] ?? 0,
      });
      const parsed = parseLine(line);
      if (parsed !== 'garbage') counts.add(parsed.answer);
    }
  };
  addAll(0, 1_000);
  const after1000 = seriesOf();
  addAll(1_000, 100_000);
  expect(seriesOf()).toBe(after1000);
  expect(formatMetrics(counts.buildMetrics())).not.toContain('evil');
});
