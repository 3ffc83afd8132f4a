import { INTERNAL_HEADERS } from '@registry-cache/domain';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import { imageOf } from '../contract/image-of.ts';
import type { Entering, EntranceCheck, EntranceVerdict } from './entrance-check.ts';

/** The entrance of one upstream: what its checks refuse is neither answered nor linked. */
export interface Entrance {
  /** Whether some rule is about the images of this repository. */
  isGuarded(repository: string): boolean;
  /** @throws RegistryError 403 for a refused manifest; 503 for a new one that cannot be checked. */
  admit(entering: Entering): Promise<void>;
  /** @throws RegistryError 403 or 503, as for the manifest that names the blob. */
  admitBlob(repository: string, digest: string): Promise<void>;
  /** @throws RegistryError for a manifest that was refused in the last seconds. */
  recall(repository: string, digest: string): Promise<void>;
}

/** Clients come again after this time. A registry that fails is asked again about then. */
const RETRY_AFTER_S = '5';

/** @param key the upstream's name */
export function createEntrance(key: string, checks: readonly EntranceCheck[]): Entrance {
  const settle = (
    { phase }: EntranceCheck,
    repository: string,
    reference: string,
    verdict: EntranceVerdict,
  ): void => {
    if (verdict.kind === 'admitted') return;
    const image = `${imageOf(key, repository)}${reference}`;
    throw toError(phase, image, verdict);
  };
  return {
    isGuarded: (repository) => checks.some((one) => one.hasRules(repository)),
    async admit(entering) {
      const { repository, tag, digest } = entering;
      const reference = `${tag === undefined ? '' : `:${tag}`}@${digest}`;
      for (const one of checks) {
        const verdict = await one.check(entering);
        if (verdict.kind === 'unknown' && entering.isHere) continue;
        settle(one, repository, reference, verdict);
      }
    },
    async admitBlob(repository, digest) {
      for (const one of checks) {
        settle(one, repository, ` blob ${digest}`, await one.checkBlob(repository, digest));
      }
    },
    async recall(repository, digest) {
      for (const one of checks) {
        settle(one, repository, `@${digest}`, await one.recall(repository, digest));
      }
    },
  };
}

function toError(
  phase: EntranceCheck['phase'],
  image: string,
  verdict: Exclude<EntranceVerdict, { kind: 'admitted' }>,
): RegistryError {
  const { reason } = verdict;
  if (verdict.kind === 'refused') {
    const message = `${image} is refused: ${reason}`;
    const headers = { [INTERNAL_HEADERS.audit.key]: `refused ${encodeURIComponent(message)}` };
    return new RegistryError({ phase, code: 'DENIED', message, headers });
  }
  return new RegistryError({
    phase,
    status: 503,
    code: 'UNAVAILABLE',
    message: `${image} cannot be checked: ${reason}`,
    headers: { 'retry-after': RETRY_AFTER_S },
  });
}
