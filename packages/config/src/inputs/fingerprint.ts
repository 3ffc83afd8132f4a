import { createHash } from 'node:crypto';
import type { Inputs } from './inputs.ts';

/** A hash of everything that was read. Equal inputs lead to equal configurations. */
export function fingerprintInputs({
  authorities,
  clientFiles,
  keyFiles,
  trustFiles,
  tokenFiles,
  ...texts
}: Inputs): string {
  const files = [authorities, clientFiles, keyFiles, trustFiles, tokenFiles].map((map) => [...map]);
  const everything = JSON.stringify([texts, ...files]);
  return createHash('sha256').update(everything).digest('hex');
}
