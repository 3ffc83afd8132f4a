/** What is said of a metric before it has a value. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** What shows it; undefined for a metric that every appliance has. */
  readonly when?: string | undefined;
}

type Rest = [labels?: readonly string[], when?: string];

export function counter(help: string, ...rest: Rest): MetricSpec {
  return spec('counter', help, rest);
}

export function gauge(help: string, ...rest: Rest): MetricSpec {
  return spec('gauge', help, rest);
}

export function histogram(help: string, ...rest: Rest): MetricSpec {
  return spec('histogram', help, rest);
}

function spec(type: MetricSpec['type'], help: string, [labels = [], when]: Rest): MetricSpec {
  return { type, help, labels, when };
}
