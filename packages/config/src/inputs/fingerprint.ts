import { createHash } from 'node:crypto';
import type { Inputs } from './inputs.ts';

/** A hash of everything that was read. Equal inputs lead to equal configurations. */
export function fingerprintInputs({
  authorities,
  clientFiles,
  keyFiles,
  ...texts
}: Inputs): string {
  const everything = JSON.stringify([texts, [...authorities], [...clientFiles], [...keyFiles]]);
  return createHash('sha256').update(everything).digest('hex');
}
