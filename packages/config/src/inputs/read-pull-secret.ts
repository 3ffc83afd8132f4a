import { lstat } from 'node:fs/promises';
import type { Issue } from '@registry-cache/domain';
import { formatPublicPullSecret } from '../pull-secret/public-registries.ts';
import type { Settings } from '../settings/table.ts';
import type { PullSecretInput } from './inputs.ts';
import { readText } from './read-text.ts';

/**
 * Reads the pull secret. If nothing at all is at the default path, public registries take its
 * place. Anything else that cannot be read is added to `issues`: a path that the operator set, or
 * a mount that went wrong. An operator who names registries in the environment needs no pull secret.
 *
 * @param isInUse - Whether a pull secret is in use. Then a missing file is an issue anywhere.
 */
export async function readPullSecret(
  settings: Settings,
  issues: Issue[],
  isInUse = false,
): Promise<PullSecretInput> {
  const { PULLSECRETPATH, isPullSecretPathSet } = settings;
  const isOptional = settings.REGISTRIES.length > 0;
  if (!isOptional && !isInUse && !isPullSecretPathSet && (await isFree(PULLSECRETPATH))) {
    return { pullSecret: formatPublicPullSecret(), isPublic: true };
  }
  const accepted = 'a pull secret, {"auths": {…}}';
  return { pullSecret: await readText(PULLSECRETPATH, accepted, issues, !isOptional) };
}

/** Whether nothing is there. A link that leads nowhere is something. */
async function isFree(path: string): Promise<boolean> {
  return lstat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}
