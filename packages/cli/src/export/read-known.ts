import { readFile } from 'node:fs/promises';
import { parseReceipt, readBase } from '@registry-cache/bundle';
import { InvalidInputError } from '@registry-cache/domain';

/** Whether the far side has a blob, by an earlier bundle or by its receipt. */
export async function readKnown({
  since,
  against,
}: {
  readonly since?: string;
  readonly against?: string;
}): Promise<(digest: string) => boolean> {
  const base =
    since === undefined
      ? new Set<string>()
      : await naming('--since', since, 'a bundle of an export', readBase(since));
  if (against === undefined) return (digest) => base.has(digest);
  const text = await naming('--against', against, 'a receipt', readFile(against, 'utf8'));
  const receipt = parseReceipt(against, text);
  return (digest) => base.has(digest) || receipt.hasBlob(digest);
}

/** @throws InvalidInputError that names the option, where the file cannot be read. */
export async function naming<T>(
  option: string,
  file: string,
  accepted: string,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'BUNDLE' || code === '') throw error;
    throw new InvalidInputError([{ path: option, found: `${file} (${code})`, accepted }]);
  }
}
