import { formatMetrics } from '@registry-cache/runtime';
import { expect, it } from 'vitest';
import { parseMetrics, sumOf } from './parse-metrics.ts';

it('reads what formatMetrics writes', () => {
  const help = 'Help with {braces} 1';
  const labels = { upstream: 'a "b" \\ {c}', note: 'x=1,y' };
  const text = formatMetrics([
    { name: 'one', help, type: 'gauge', value: 1.5 },
    { name: 'many', help, type: 'counter', value: 2, labels },
    { name: 'many', help, type: 'counter', value: 3, labels: { upstream: 'quay.io' } },
  ]);
  const metrics = parseMetrics(text);
  expect([...metrics.keys()]).toEqual(['one', 'many']);
  expect(metrics.get('many')?.[0]).toEqual({ labels, value: 2 });
  expect([sumOf(metrics, 'one'), sumOf(metrics, 'many'), sumOf(metrics, 'none')]).toEqual([
    1.5,
    5,
    undefined,
  ]);
});

it('leaves out what is no metric', () => {
  expect([...parseMetrics('# HELP a b\n\nnot a metric\nname\nbad NaNs\n').keys()]).toEqual([]);
});
