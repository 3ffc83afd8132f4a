import { OCI_INDEX } from '@registry-cache/domain';

/** One entry of an index. Its other keys are passed on unchanged. */
export interface Referrer {
  readonly artifactType?: unknown;
}

/** The entries of an image index; undefined for anything else. */
export function parseIndex(bytes: Buffer): Referrer[] | undefined {
  try {
    const { manifests } = (JSON.parse(bytes.toString('utf8')) ?? {}) as { manifests?: unknown };
    if (!Array.isArray(manifests)) return undefined;
    return manifests.filter((entry) => typeof entry === 'object' && entry !== null);
  } catch {
    return undefined;
  }
}

export function formatIndex(manifests: readonly Referrer[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
}
