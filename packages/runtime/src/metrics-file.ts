import { join } from 'node:path';
import { writeFileAtomic } from './atomic-file.ts';

/** One number that a program without a port of its own reports. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Prometheus text format 0.0.4. Metrics of one name must stand together. */
export function formatMetrics(metrics: readonly Metric[]): string {
  let text = '';
  let previous = '';
  for (const { name, help, type, value, labels } of metrics) {
    if (name !== previous) text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    previous = name;
    const pairs = Object.entries(labels ?? {}).map(
      ([key, text]) => `${key}=${JSON.stringify(text)}`,
    );
    text += `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
  }
  return text;
}

/** Writes a program's metrics to the directory where egress collects them for `/metrics`. */
export async function writeMetrics(
  metricsDir: string,
  program: string,
  metrics: readonly Metric[],
): Promise<void> {
  await writeFileAtomic(join(metricsDir, `${program}.prom`), formatMetrics(metrics));
}
