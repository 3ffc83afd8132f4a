import { formatMetrics } from '@registry-cache/runtime';
import { expect, test } from 'vitest';
import { accessLine, createDirectory } from '../testing/store.ts';
import { buildMetrics, createCounts } from './counts.ts';
import { Toucher } from './toucher.ts';

test('counts lines by their note, and reports each', () => {
  const counts = createCounts();
  const told: string[] = [];
  const toucher = new Toucher({
    storeRoot: createDirectory(),
    counts,
    nowMs: Date.now,
    onNoted: ({ note }) => void told.push(note),
  });
  const noted = accessLine({ note: 'misplaced-endpoint' }).trim();
  toucher.addLines([noted, accessLine({}).trim(), noted]);
  expect(told).toEqual(['misplaced-endpoint', 'misplaced-endpoint']);
  const text = formatMetrics(buildMetrics(counts));
  expect(text).toContain('registry_cache_edge_noted_total{note="misplaced-endpoint"} 2\n');
  expect(text).toContain('registry_cache_edge_noted_total{note="too-many-requests"} 0\n');
});
