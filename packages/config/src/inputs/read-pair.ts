import { setTimeout as sleep } from 'node:timers/promises';
import type { Issue } from '@registry-cache/domain';
import { type KeyText, parseServerCertificate } from '../certificate/parse.ts';
import { readText } from './read-text.ts';

/** The files of a certificate whose key has its own. */
export interface PairFiles {
  readonly certificate: string;
  readonly key: string;
}

/** The texts of both files. Undefined where one of them could not be read. */
export interface PairInputs {
  readonly certificate: string | undefined;
  readonly certificateKey: KeyText | undefined;
}

/** How to wait for a certificate and a key that do not fit, as while they are being replaced. */
export interface PairWait {
  readonly timeoutMs: number;
  /** Gets the issues of the first look, once, before the wait. */
  onStart(issues: readonly Issue[]): void;
}

const PERIOD_MS = 100;

/**
 * Reads a certificate and its key from two files. They are replaced one after the other, so a pair
 * that cannot be used is read again until `wait` is over. Both files must be there.
 *
 * @param issues - Gets the files that cannot be read. A pair that does not fit is an issue of its
 *   parser.
 */
export async function readPair(
  files: PairFiles,
  issues: Issue[],
  wait: PairWait | undefined,
): Promise<PairInputs> {
  const deadline = performance.now() + (wait?.timeoutMs ?? 0);
  let look = await lookAt(files);
  if (look.faults.length > 0) wait?.onStart(look.faults);
  while (look.faults.length > 0 && performance.now() < deadline) {
    await sleep(PERIOD_MS);
    look = await lookAt(files);
  }
  issues.push(...look.unread);
  return look.inputs;
}

interface Look {
  readonly inputs: PairInputs;
  /** Issues of files that could not be read. */
  readonly unread: readonly Issue[];
  /** Everything that keeps the pair from use. */
  readonly faults: readonly Issue[];
}

async function lookAt({ certificate, key }: PairFiles): Promise<Look> {
  const unread: Issue[] = [];
  const certificateText = await readText(certificate, `the certificate of ${key}`, unread, true);
  const text = await readText(key, `the private key of ${certificate}`, unread, true);
  if (certificateText === undefined || text === undefined) {
    const inputs = { certificate: undefined, certificateKey: undefined };
    return { inputs, unread, faults: unread };
  }
  const certificateKey = { file: key, text };
  const parsed = parseServerCertificate(certificate, certificateText, certificateKey);
  const inputs = { certificate: certificateText, certificateKey };
  return { inputs, unread, faults: parsed.ok ? [] : parsed.issues };
}
