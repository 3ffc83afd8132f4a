import { METRICS, type MetricSpec } from '@registry-cache/domain';

/** The metrics of the cache's own programs, as a table in Markdown. */
export function formatMetricsTable(): string {
  const rows = Object.entries<MetricSpec>(METRICS).map(([name, { type, labels, help, when }]) => {
    const by = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${by} | ${help} | ${when ?? ''} |`;
  });
  const head = [
    '| metric | type | by | meaning | is there with |',
    '| --- | --- | --- | --- | --- |',
  ];
  return [...head, ...rows].join('\n');
}
