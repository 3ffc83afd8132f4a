import { formatMetrics, type Logger, type Metric, writeMetrics } from '@registry-cache/runtime';

const EVERY_MS = 2_000;

/** Writes the metrics now, and again after changes, at most every two seconds. */
export function keepMetricsWritten(
  metricsDir: string,
  collect: () => Promise<readonly Metric[]>,
  log: Logger,
): { stop(): void } {
  let written = '';
  let isBroken = false;

  async function write(): Promise<void> {
    try {
      const metrics = await collect();
      const text = formatMetrics(metrics);
      if (text === written) return;
      await writeMetrics(metricsDir, 'hosted', metrics);
      written = text;
      isBroken = false;
    } catch (error) {
      if (!isBroken) log.warn({ err: error }, 'could not write metrics');
      isBroken = true;
    }
  }

  void write();
  const timer = setInterval(() => void write(), EVERY_MS).unref();
  return { stop: () => clearInterval(timer) };
}
