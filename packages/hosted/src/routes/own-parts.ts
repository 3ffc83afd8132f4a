import type { FindTags } from '@registry-cache/access';
import { parseManifestLinks } from '@registry-cache/catalog';
import { type Exchange, HostedError } from '../http/answer.ts';
import { type Context, callerOf, isOperator, pusherOf } from './context.ts';
import { type MissingPart, missingParts } from './missing-parts.ts';

/** Where a manifest is pushed to. */
export interface PartsPlace {
  /** The engine's name of the repository that its parts were uploaded to. */
  readonly repository: string;
  /** The repository as rules of access name it. */
  readonly image: string;
  readonly findTags: FindTags;
}

/**
 * Lets a client name in its manifest only what it has sent itself or may pull. Otherwise a tag of its
 * own would lead to parts that rules with a tag hide from it.
 * @throws HostedError 400 that names the other parts, as if they were not here.
 */
export async function requireOwnParts(
  { rights, uploaded }: Pick<Context, 'rights' | 'uploaded'>,
  exchange: Exchange,
  { repository, image, findTags }: PartsPlace,
  manifest: Uint8Array,
): Promise<void> {
  if (isOperator(exchange)) return;
  const caller = callerOf(exchange);
  const pusher = pusherOf(exchange);
  const missing: MissingPart[] = [];
  // Tags lead to what the catalog finds in the manifest, so nothing else may be read here.
  for (const digest of parseManifestLinks(manifest).children) {
    if (uploaded.has({ pusher, repository, digest })) continue;
    if (await rights.mayNamePart(caller, image, digest, findTags)) continue;
    missing.push({ digest, why: 'this client has not pushed it, and may not pull it' });
  }
  if (missing.length > 0) throw missingParts(missing);
}

/** The client has sent a part, or has linked it with the right to pull it. */
export function noteOwnPart(
  { uploaded }: Pick<Context, 'uploaded'>,
  exchange: Exchange,
  repository: string,
  digest: string,
): void {
  uploaded.note({ pusher: pusherOf(exchange), repository, digest });
}

/**
 * For HEAD of a blob or a manifest. The edge names the caller where it may not pull the content and
 * may push to the repository. Such a client sees what it has sent, and no more: docker asks so after
 * each upload.
 * @throws HostedError 404 for all else.
 */
export function requireVisible(
  { uploaded }: Pick<Context, 'uploaded'>,
  exchange: Exchange,
  repository: string,
  digest: string,
): void {
  if (callerOf(exchange) === undefined) return;
  if (uploaded.has({ pusher: pusherOf(exchange), repository, digest })) return;
  throw new HostedError(404, 'BLOB_UNKNOWN', `${digest} is not here`);
}
