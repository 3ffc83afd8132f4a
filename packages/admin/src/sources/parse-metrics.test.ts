import { formatMetrics } from '@registry-cache/runtime';
import { expect, it } from 'vitest';
import { parseMetrics, sumOf } from './parse-metrics.ts';

it('reads what formatMetrics writes', () => {
  const labels = { upstream: 'a "b" \\ {c}', note: 'x=1,y' };
  const text = formatMetrics([
    { name: 'registry_cache_store_bytes', value: 1.5 },
    { name: 'registry_cache_edge_noted_total', value: 2, labels },
    { name: 'registry_cache_edge_noted_total', value: 3, labels: { upstream: 'quay.io' } },
  ]);
  const metrics = parseMetrics(text);
  expect([...metrics.keys()]).toEqual([
    'registry_cache_store_bytes',
    'registry_cache_edge_noted_total',
  ]);
  expect(metrics.get('registry_cache_edge_noted_total')?.[0]).toEqual({ labels, value: 2 });
  expect([
    sumOf(metrics, 'registry_cache_store_bytes'),
    sumOf(metrics, 'registry_cache_edge_noted_total'),
    sumOf(metrics, 'none'),
  ]).toEqual([1.5, 5, undefined]);
});

it('leaves out lines that are no metrics', () => {
  expect([...parseMetrics('# HELP a b\n\nnot a metric\nname\nbad NaNs\n').keys()]).toEqual([]);
});
