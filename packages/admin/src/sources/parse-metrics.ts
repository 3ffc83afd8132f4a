/** Metrics by their names; each has a value for each set of labels. */
export type MetricValues = ReadonlyMap<string, readonly MetricValue[]>;

export interface MetricValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/;
const LABEL = /(?<key>\w+)="(?<text>(?:[^"\\]|\\.)*)"/g;

/** Reads Prometheus text format 0.0.4. Lines of other forms are left out. */
export function parseMetrics(text: string): MetricValues {
  const metrics = new Map<string, MetricValue[]>();
  for (const line of text.split('\n')) {
    const { name = '', labels = '', value } = LINE.exec(line)?.groups ?? {};
    if (value === undefined || Number.isNaN(Number(value))) continue;
    const values = metrics.get(name) ?? [];
    values.push({ labels: parseLabels(labels), value: Number(value) });
    metrics.set(name, values);
  }
  return metrics;
}

/** The sum over all labels; undefined for a metric that is not there. */
export function sumOf(metrics: MetricValues, name: string): number | undefined {
  return metrics.get(name)?.reduce((sum, { value }) => sum + value, 0);
}

function parseLabels(text: string): Record<string, string> {
  const pairs = text.matchAll(LABEL);
  return Object.fromEntries(
    [...pairs].map(({ groups }) => [groups?.key, JSON.parse(`"${groups?.text}"`) as string]),
  );
}
