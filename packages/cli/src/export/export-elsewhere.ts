import { readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { type ExportOutcome, fetchBundle } from '@registry-cache/admin';
import { formatReceipt, readBase } from '@registry-cache/bundle';
import { escapeUnprintable } from '@registry-cache/domain';
import { findAdminPlace } from '../admin/admin-place.ts';
import { count } from '../count.ts';
import { createProgress } from '../progress.ts';
import { warn } from '../warn.ts';
import { writeWhole } from '../write-whole.ts';
import { formatExport } from './format-export.ts';
import { openNewFile } from './new-file.ts';
import { naming } from './read-known.ts';

export interface ExportElsewhereOptions {
  readonly images: readonly string[];
  readonly out: string;
  readonly all: boolean;
  readonly docker: boolean;
  readonly platform?: string | undefined;
  readonly since?: string | undefined;
  readonly against?: string | undefined;
  readonly json: boolean;
}

/** As a shell reports a process that SIGINT ended. */
const INTERRUPTED = 130;

/**
 * Has a cache elsewhere write a bundle, into a file here. The status is 1 if an image that was asked
 * for is not whole there.
 */
export async function exportElsewhere(options: ExportElsewhereOptions): Promise<void> {
  const { out } = options;
  const receipts = await readReceipts(options);
  if (out === '-') {
    return report(await writeWhole(() => fetchInto(process.stdout, options, receipts)), options);
  }
  await using file = await openNewFile(out);
  try {
    const outcome = await fetchInto(file.stream, options, receipts, file.signal);
    await file.keep();
    report(outcome, options);
  } catch (error) {
    if (!file.signal.aborted) throw error;
    warn('interrupted; nothing is kept');
    process.exitCode = INTERRUPTED;
  }
}

async function fetchInto(
  out: Writable,
  { images, all, docker, platform }: ExportElsewhereOptions,
  receipts: string[],
  signal?: AbortSignal,
): Promise<ExportOutcome> {
  const input = { images: [...images], all, docker, platform, receipts };
  const progress = createProgress({ work: 'export' });
  const into = { out, onBytes: progress.add, signal };
  return fetchBundle(input, into, findAdminPlace()).finally(progress.clear);
}

/** What an earlier bundle has brought is sent as a receipt, too. */
async function readReceipts({ since, against }: ExportElsewhereOptions): Promise<string[]> {
  const receipts: string[] = [];
  if (since !== undefined) {
    const base = await naming('--since', since, 'a bundle of an export', readBase(since));
    receipts.push(formatReceipt([...base], []));
  }
  if (against !== undefined) {
    receipts.push(await naming('--against', against, 'a receipt', readFile(against, 'utf8')));
  }
  return receipts;
}

function report(outcome: ExportOutcome, { out, all, json }: ExportElsewhereOptions): void {
  const { lackingImages, ...rest } = outcome;
  const { lacking } = outcome;
  for (const { image, why } of lacking) warn(escapeUnprintable(`left out ${image}: ${why}`));
  const others = lackingImages - lacking.length;
  if (others > 0) warn(`left out ${count(others, 'more image')}`);
  if (lackingImages > 0 && !all) process.exitCode = 1;
  const result = { ...rest, isEarlier: false, keptBytes: 0 };
  const text = escapeUnprintable(json ? JSON.stringify(result) : formatExport(result));
  if (out === '-') process.stderr.write(`${text}\n`);
  else console.log(text);
}
