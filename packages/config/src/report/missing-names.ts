import type { Logger } from '@registry-cache/runtime';
import { findMissingNames } from '../certificate/names.ts';
import type { Model } from '../model/build.ts';

/**
 * Says which names a certificate lacks that was made here earlier. It is left as it is, because
 * clients trust it: a new one is theirs to be given.
 */
export function reportMissingNames(model: Model, log: Logger): void {
  const missing = findMissingNames(model);
  if (missing.length === 0) return;
  const hint = `remove ${model.settings.CERTIFICATEPATH}, restart, and give the new one to clients`;
  log.warn({ missing, hint }, 'the certificate that was made here lacks names');
}
