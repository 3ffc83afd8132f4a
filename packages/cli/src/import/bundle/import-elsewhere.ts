import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { sendBundle } from '@registry-cache/admin';
import { InvalidInputError } from '@registry-cache/domain';
import { findAdminPlace } from '../../admin/admin-place.ts';
import { createProgress, type Progress } from '../../progress.ts';
import { reportBundle } from './format-summary.ts';
import type { BundlesOptions } from './import-bundles.ts';

const STANDARD_INPUT = '-';

/** Sends bundles to a cache elsewhere, one after another. The status is as of an import there. */
export async function importElsewhere(
  bundles: readonly string[],
  { as, dryRun = false, json = false }: BundlesOptions,
): Promise<void> {
  for (const bundle of bundles) await readSize(bundle);
  for (const bundle of bundles) {
    const totalBytes = await readSize(bundle);
    const progress = createProgress({ work: 'import', totals: { totalBytes } });
    const file = bundle === STANDARD_INPUT ? process.stdin : createReadStream(bundle);
    const pieces = Readable.from(counting(file, progress), { objectMode: false });
    const answer = await sendBundle({ as, dryRun }, pieces, findAdminPlace()).finally(
      progress.clear,
    );
    const name = bundle === STANDARD_INPUT ? 'standard input' : bundle;
    reportBundle({ bundle: name, ...answer, digest: answer.digest }, json);
  }
}

async function* counting(file: AsyncIterable<Buffer>, progress: Progress): AsyncGenerator<Buffer> {
  for await (const piece of file) {
    progress.add(piece.length);
    yield piece;
  }
}

/** The bytes of a file; undefined for standard input. */
async function readSize(bundle: string): Promise<number | undefined> {
  if (bundle === STANDARD_INPUT) return undefined;
  const there = await stat(bundle).catch((error: NodeJS.ErrnoException) => {
    throw refuse(`${bundle} (${error.code})`);
  });
  if (there.isFile()) return there.size;
  throw refuse(there.isDirectory() ? `${bundle}, a folder` : `${bundle}, which is no file`);
}

function refuse(found: string): InvalidInputError {
  const accepted =
    'with --server: a tar, or - for standard input (`tar --create --directory FOLDER .` makes one of a folder, `cat part-*` of parts)';
  return new InvalidInputError([{ path: 'BUNDLE', found, accepted }]);
}
