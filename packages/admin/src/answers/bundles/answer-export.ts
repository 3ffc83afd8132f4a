import { pipeline } from 'node:stream/promises';
import { parseJson } from '@registry-cache/runtime';
import * as z from 'zod/mini';
import type { CommandEnd, OpenCommand } from '../../commands/commands.ts';
import { AdminError } from '../../contract/admin-error.ts';
import type { ExportOutcome } from '../../contract/export.ts';
import type { VerbInput } from '../../contract/verbs.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { stopWith } from './stop-with.ts';

/** Of a trailer: Node.js takes 16 KiB of them. */
const MOST_LACKING_BYTES = 6 * 1024;

/** As `registry-cache export --json` sums up. */
const SUMMARY = z.object({
  digest: z.string(),
  images: z.number(),
  writtenBytes: z.number(),
  leftBlobs: z.number(),
  lacking: z.array(z.object({ image: z.string(), why: z.string() })),
});

/**
 * Runs `registry-cache export`, and sends its tar on.
 * @throws AdminError that says what is wrong with the images; Error where the tar is not whole.
 */
export async function answerExport(
  { images, receipts, all, docker, platform }: VerbInput<'export'>,
  { options, commands, exchange }: AnswerDeps,
): Promise<ExportOutcome> {
  checkOrder({ images, receipts, all, docker });
  const flags = [
    ...(all ? ['--all'] : []),
    ...(docker ? ['--for', 'docker'] : []),
    ...(platform === undefined ? [] : [`--platform=${platform}`]),
  ];
  const command = commands.open([
    ...['export', '--names', options.namesFile, '--ordered', '--json', '--out', '-', ...flags],
  ]);
  command.input.end(JSON.stringify({ images, receipts }));
  using _ = stopWith(exchange.signal, command);
  await sendTar(command, exchange);
  const { lacking, ...rest } = parseJson((await command.ended).lastLine, SUMMARY);
  return { ...rest, lacking: keepFirst(lacking), lackingImages: lacking.length };
}

type Order = Pick<VerbInput<'export'>, 'images' | 'receipts' | 'all' | 'docker'>;

function checkOrder({ images, receipts, all, docker }: Order): void {
  const isNone = images.length === 0;
  if (isNone !== all) {
    const found = isNone ? 'none' : `${images.length} beside all`;
    throw new AdminError('INVALID', `images: found ${found}; accepted: images, or all`);
  }
  if (!docker || receipts.length === 0) return;
  const accepted = 'it without receipts: docker has no deltas';
  throw new AdminError('INVALID', `docker: found true; accepted: ${accepted}`);
}

/** A fault of the order is known before the first byte of the tar. */
async function sendTar(
  { output, ended, stop }: OpenCommand,
  { openBody, signal }: AnswerDeps['exchange'],
): Promise<void> {
  const hasBytes = await new Promise<boolean>((resolve) => {
    output
      .once('readable', () => resolve(output.readableLength > 0))
      .once('close', () => resolve(false));
  });
  if (!hasBytes) {
    output.resume();
    throw refusalOf(await ended);
  }
  try {
    // The trailer comes behind the tar.
    await pipeline(output, openBody(), { signal, end: false });
  } catch (error) {
    await stop();
    throw error;
  }
  const end = await ended;
  // 1 is for images that are not whole, too; then there is a summary.
  if (end.lastLine.startsWith('{"digest":')) return;
  throw new Error(`the export has failed: ${end.messages || 'a signal ended it'}`);
}

function refusalOf({ messages }: CommandEnd): AdminError {
  return new AdminError('INVALID', messages || 'the images could not be exported; see the log');
}

function keepFirst(lacking: ExportOutcome['lacking']): ExportOutcome['lacking'] {
  let bytes = 0;
  return lacking.filter((one) => {
    bytes += 2 * JSON.stringify(one).length;
    return bytes < MOST_LACKING_BYTES;
  });
}
