import { join } from 'node:path';
import { METRICS, type MetricName } from '@registry-cache/domain';
import { writeFileAtomic } from './atomic-file.ts';
import type { Histogram } from './histogram.ts';

/** One number that a program without a port of its own reports. */
export interface Metric {
  readonly name: MetricName;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Times that such a program reports, in seconds. */
export interface HistogramMetric {
  readonly name: MetricName;
  readonly times: Pick<Histogram, 'buckets' | 'count' | 'sumSeconds'>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Prometheus text format 0.0.4, with the type and the help of `METRICS`. Metrics of one name must stand together. */
export function formatMetrics(metrics: readonly (Metric | HistogramMetric)[]): string {
  let text = '';
  let previous = '';
  for (const metric of metrics) {
    const { name } = metric;
    const { help, type } = METRICS[name];
    if (name !== previous) text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    previous = name;
    text += 'times' in metric ? formatHistogram(metric) : formatSample(name, metric);
  }
  return text;
}

interface Sample {
  readonly labels?: Metric['labels'] | undefined;
  readonly value: number;
}

function formatSample(name: string, { labels, value }: Sample): string {
  const pairs = Object.entries(labels ?? {}).map(([key, text]) => `${key}=${JSON.stringify(text)}`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
}

function formatHistogram({ name, labels, times }: HistogramMetric): string {
  const bucket = (le: string) => ({ ...labels, le });
  return [
    ...times.buckets.map(([le, value]) =>
      formatSample(`${name}_bucket`, { labels: bucket(String(le)), value }),
    ),
    formatSample(`${name}_bucket`, { labels: bucket('+Inf'), value: times.count }),
    formatSample(`${name}_sum`, { labels, value: times.sumSeconds }),
    formatSample(`${name}_count`, { labels, value: times.count }),
  ].join('');
}

/** Writes a program's metrics to the directory where egress collects them for `/metrics`. */
export async function writeMetrics(
  metricsDir: string,
  program: string,
  metrics: readonly (Metric | HistogramMetric)[],
): Promise<void> {
  await writeFileAtomic(join(metricsDir, `${program}.prom`), formatMetrics(metrics));
}
