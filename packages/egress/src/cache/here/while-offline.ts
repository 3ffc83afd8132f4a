import { type RegistryPath, subjectOfTag } from '@registry-cache/domain';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import { readLinked } from '../manifests/manifest-cache.ts';
import type { HereDeps } from './here-deps.ts';

type Place = Pick<HereDeps, 'upstreamId' | 'revisions' | 'store'>;

/**
 * Whether the store has the last word on what refers to a manifest: the operator has cut the
 * upstream off, and the manifest is here. That nothing refers to it is an answer then. Of a
 * registry that is only away it would be a guess.
 */
export async function isLastWord(
  deps: Place,
  error: unknown,
  repository: string,
  subject: string,
): Promise<boolean> {
  if (!(error instanceof RegistryError) || error.phase !== 'offline') return false;
  return (await readLinked(deps, repository, subject)) !== undefined;
}

/**
 * The error for a tag that is not here. cosign and oras ask for tags such as `sha256-<hex>.sig` to
 * learn whether there is a signature, and take 404 alone for a no.
 */
export async function toTagError(
  deps: Place,
  error: unknown,
  { repository, reference: tag }: Extract<RegistryPath, { kind: 'manifest' }>,
): Promise<unknown> {
  const subject = subjectOfTag(tag);
  if (subject === undefined || !(await isLastWord(deps, error, repository, subject))) return error;
  return new RegistryError({
    phase: 'offline',
    status: 404,
    code: 'MANIFEST_UNKNOWN',
    message: `nothing in the cache refers to ${subject} by this tag, and its registry is offline by order of the operator`,
    cause: error,
  });
}
