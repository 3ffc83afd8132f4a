import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchHaproxyMetrics } from './haproxy.ts';
import type { EgressMetrics } from './metrics.ts';

export interface MetricsPageOptions {
  /** Directories of the workers' `*.prom` files. */
  readonly dirs: readonly string[];
  readonly haproxySocket: string;
}

/** The metrics of egress, the workers and HAProxy, in Prometheus text format. */
export async function metricsPage(
  metrics: EgressMetrics,
  sources: MetricsPageOptions,
): Promise<string> {
  const [haproxy, workers] = await Promise.all([
    fetchHaproxyMetrics(sources.haproxySocket).catch(() => undefined),
    Promise.all(sources.dirs.map(readWorkers)),
  ]);
  metrics.haproxyUp.set(haproxy === undefined ? 0 : 1);
  const own = await metrics.registry.metrics();
  return [own, ...workers.flat(), haproxy ?? ''].map(endLine).join('');
}

async function readWorkers(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  const files = names.filter((name) => name.endsWith('.prom')).sort();
  return Promise.all(files.map((name) => readFile(join(dir, name), 'utf8').catch(() => '')));
}

function endLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
