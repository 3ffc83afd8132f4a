import type { Logger } from './log.ts';
import { formatMetrics, type Metric, writeMetrics } from './metrics-file.ts';

const EVERY_MS = 2_000;

export interface KeptMetrics {
  readonly metricsDir: string;
  /** The name of its file. */
  readonly program: string;
  readonly collect: () => readonly Metric[] | Promise<readonly Metric[]>;
  readonly log: Logger;
}

/** Writes the metrics now, and again after changes, at most every two seconds. */
export function keepMetricsWritten({ metricsDir, program, collect, log }: KeptMetrics): {
  stop(): void;
} {
  let written = '';
  let isBroken = false;

  async function write(): Promise<void> {
    try {
      const metrics = await collect();
      const text = formatMetrics(metrics);
      if (text === written) return;
      await writeMetrics(metricsDir, program, metrics);
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
