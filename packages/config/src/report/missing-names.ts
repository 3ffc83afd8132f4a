import type { Logger } from '@registry-cache/runtime';
import { findMissingNames } from '../certificate/names.ts';
import type { Model } from '../model/build.ts';

/**
 * Logs the names that an earlier certificate of ours lacks. The certificate stays, because clients
 * trust it: the operator has to give them a new one.
 */
export function reportMissingNames(model: Model, log: Logger): void {
  const missing = findMissingNames(model);
  if (missing.length === 0) return;
  const hint = `remove ${model.settings.CERTIFICATEPATH}, restart, and give the new one to clients`;
  log.warn({ missing, hint }, 'the certificate that was made here lacks names');
}
