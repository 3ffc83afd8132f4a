import { asObject, parseObject } from '@registry-cache/domain';
import type { Bundle } from '@sigstore/bundle';
import { RefusedSignature } from '../verdict.ts';

/** No signature needs more. Each one costs a check, and duplicates are looked for in pairs. */
const MAX_ENTRIES = 8;
/** A proof in a log of 2^64 entries. */
const MAX_HASHES = 64;

/**
 * Parses a Sigstore bundle.
 * @throws RefusedSignature for anything else, and for a bundle with more parts than a signature needs.
 */
export async function parseBundle(bytes: Uint8Array): Promise<Bundle> {
  const json = parseObject(bytes);
  checkCounts(json);
  return readBundle(json);
}

/** @throws RefusedSignature */
export async function readBundle(json: Record<string, unknown>): Promise<Bundle> {
  const { bundleFromJSON } = await import('./sigstore.ts');
  try {
    return bundleFromJSON(json);
  } catch {
    throw new RefusedSignature('garbage', 'its bundle is not a Sigstore bundle');
  }
}

function checkCounts(json: Record<string, unknown>): void {
  const material = asObject(json.verificationMaterial);
  const entries = listOf(material.tlogEntries);
  const lists = [
    entries,
    listOf(asObject(material.x509CertificateChain).certificates),
    listOf(asObject(material.timestampVerificationData).rfc3161Timestamps),
  ];
  const proofs = entries.slice(0, MAX_ENTRIES).map((entry) => {
    return listOf(asObject(asObject(entry).inclusionProof).hashes);
  });
  const isTooLong =
    lists.some(({ length }) => length > MAX_ENTRIES) ||
    proofs.some(({ length }) => length > MAX_HASHES);
  if (isTooLong) {
    throw new RefusedSignature('too-large', 'its bundle has more parts than a signature needs');
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
