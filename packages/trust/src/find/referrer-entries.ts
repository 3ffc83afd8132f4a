import { asObject, isDigest, parseObject } from '@registry-cache/domain';
import { isSignatureType, MAX_SIGNATURES } from './signature-layers.ts';

/** A signature manifest is small. A registry that announces a larger one is not believed. */
const MAX_MANIFEST_BYTES = 1024 * 1024;
/** Tools that do not know the key `artifactType` leave it out, or give the type of the config. */
const UNTYPED = new Set<unknown>([undefined, '', 'application/vnd.oci.image.config.v1+json']);

/**
 * The digests of the referrers that may be signatures, the newest first. Those that say so come
 * before those that do not say what they are.
 */
export function parseReferrerEntries(index: Uint8Array): string[] {
  const { manifests } = parseObject(index);
  if (!Array.isArray(manifests)) return [];
  const typed: string[] = [];
  const untyped: string[] = [];
  // From the end, so that a list of a million entries costs no more than its last ones.
  for (let at = manifests.length - 1; at >= 0; at -= 1) {
    const { digest, size, artifactType } = asObject(manifests[at]);
    if (typeof digest !== 'string' || !isDigest(digest)) continue;
    if (typeof size === 'number' && size > MAX_MANIFEST_BYTES) continue;
    if (isSignatureType(artifactType)) typed.push(digest);
    else if (UNTYPED.has(artifactType) && untyped.length < MAX_SIGNATURES) untyped.push(digest);
    if (typed.length === MAX_SIGNATURES) break;
  }
  return [...new Set([...typed, ...untyped])].slice(0, MAX_SIGNATURES);
}
