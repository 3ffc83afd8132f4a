import { createHash } from 'node:crypto';

/** No hosted registry has a dot in its name. */
const PREFIX = 'mirrored.uploads/';

/**
 * The repository of the engine for uploads into an upstream's name. Blobs are there until their last
 * byte has arrived. A hash, because upstreams have names that the engine does not take.
 */
export function stagingRepository(upstreamId: string, repository: string): string {
  const hash = createHash('sha256').update(`${upstreamId} ${repository}`).digest('hex');
  return `${PREFIX}${hash.slice(0, 32)}`;
}

/** Whether a repository of the engine holds no hosted image, but uploads into an upstream's name. */
export function isStaging(repository: string): boolean {
  return repository.startsWith(PREFIX);
}
