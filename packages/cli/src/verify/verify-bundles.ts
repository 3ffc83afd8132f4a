import { stat } from 'node:fs/promises';
import { type VerifyResult, type VerifyRun, verifyBundle } from '@registry-cache/bundle';
import { escapeUnprintable, formatSize, InvalidInputError } from '@registry-cache/domain';
import { becomeRunUser } from '../become-run-user.ts';
import { count } from '../count.ts';
import { createProgress } from '../progress.ts';

/** As a shell reports a process that SIGINT ended. */
const INTERRUPTED = 130;

/** Checks bundles, and writes nothing. The status is 1 if one of them is not whole. */
export async function verifyBundles(
  bundles: readonly string[],
  { remove = false }: { readonly remove?: boolean },
): Promise<void> {
  if (remove) {
    const accepted = 'it without bundles: they are only read';
    throw new InvalidInputError([{ path: '--remove', found: bundles.join(' '), accepted }]);
  }
  await becomeRunUser();
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
  for (const bundle of bundles) {
    const progress = createProgress({ work: `verify ${escapeUnprintable(bundle)}` });
    const run: VerifyRun = {
      onTotal: (totalBytes) => progress.tell({ totalBytes }),
      onBytes: progress.add,
      signal: stop.signal,
    };
    try {
      const result = await verifyOne(bundle, run).finally(progress.clear);
      for (const line of formatResult(bundle, result)) console.log(line);
      if (result.problems.length > 0) process.exitCode = 1;
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      process.exitCode = INTERRUPTED;
      return;
    }
  }
}

async function verifyOne(bundle: string, run: VerifyRun): Promise<VerifyResult> {
  await stat(bundle).catch((error: NodeJS.ErrnoException) => {
    const found = `${bundle} (${error.code})`;
    throw new InvalidInputError([{ path: 'BUNDLE', found, accepted: 'a folder or a tar' }]);
  });
  try {
    return await verifyBundle(bundle, run);
  } catch (error) {
    // The other bundles are looked at all the same.
    if ((error as NodeJS.ErrnoException).code !== 'BUNDLE') throw error;
    return {
      files: 0,
      bytes: 0,
      digest: undefined,
      problems: [`unreadable ${String((error as Error).message)}`],
    };
  }
}

function formatResult(bundle: string, result: VerifyResult): string[] {
  const { files, bytes, digest, problems } = result;
  const name = digest === undefined ? '' : `; bundle ${digest}`;
  const wrong = problems.length === 0 ? 'whole' : count(problems.length, 'problem');
  return [
    ...problems,
    `${bundle}: ${formatSize(bytes)} in ${count(files, 'file')}; ${wrong}${name}`,
  ];
}
