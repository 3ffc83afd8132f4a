import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MetricValues, parseMetrics } from './parse-metrics.ts';

/** The metrics that programs without a port of their own write to files. */
export async function readMetrics(directories: readonly string[]): Promise<MetricValues> {
  const texts = await Promise.all(directories.map(readDirectory));
  return parseMetrics(texts.flat().join('\n'));
}

async function readDirectory(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  const files = names.filter((name) => name.endsWith('.prom'));
  return Promise.all(files.map((name) => readFile(join(directory, name), 'utf8').catch(() => '')));
}
