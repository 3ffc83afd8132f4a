/** The workers' own benches, which run as separate processes. Their output becomes rows. */
import { join } from 'node:path';
import { runOrThrow } from '@registry-cache/testbed';
import type { Row } from './lib/table.ts';

export async function benchWorkers(name: 'eviction' | 'log-follow'): Promise<Row[]> {
  const script = join(import.meta.dirname, `${name}.ts`);
  const output = await runOrThrow(process.execPath, [script], { timeoutMs: 1_800_000 });
  return name === 'eviction' ? readEviction(output) : readLogFollow(output);
}

function readEviction(output: string): Row[] {
  const [, blobs, seconds, mb] = demand(
    output,
    /of (\d+) blobs in ([\d.]+) s, peak memory (\d+) MB/,
  );
  const work = `planning an eviction among ${blobs} blobs`;
  return [
    { work, unit: 's', ours: Number(seconds), aim: { atMost: 20 } },
    { work: `${work}: peak memory`, unit: 'MB', ours: Number(mb), aim: { atMost: 200 } },
  ];
}

function readLogFollow(output: string): Row[] {
  const pattern = /at ([\d,]+) lines\/s, ([\d,]+) for each second of CPU.* peak memory (\d+) MB/;
  const [, rate = '', byCpu = '', mb] = demand(output, pattern);
  const work = 'following a long access log';
  return [
    { work, unit: '1/s', ours: numberOf(rate), aim: { atLeast: 50_000 } },
    { work: `${work}, for each second of CPU`, unit: '1/s', ours: numberOf(byCpu) },
    { work: `${work}: peak memory`, unit: 'MB', ours: Number(mb) },
  ];
}

function numberOf(text: string): number {
  return Number(text.replaceAll(',', ''));
}

function demand(output: string, pattern: RegExp): RegExpExecArray {
  const found = pattern.exec(output);
  if (found === null) throw new Error(`cannot read ${pattern} in:\n${output}`);
  return found;
}
