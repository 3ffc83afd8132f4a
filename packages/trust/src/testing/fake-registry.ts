import { createHash } from 'node:crypto';
import { referrersTag } from '@registry-cache/domain';
import type { SignatureSource } from '../index.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** One repository of a registry, in memory. */
export class FakeRegistry implements SignatureSource {
  readonly contents = new Map<string, Buffer>();
  readonly asked: string[] = [];
  hasReferrersApi = true;
  /** Paths that start like this cannot be asked. */
  down: string | undefined;

  readonly manifest = async (reference: string) => this.#read('manifests', reference);

  readonly blob = async (digest: string, maxBytes: number) => {
    const bytes = this.#read('blobs', digest);
    return bytes !== undefined && bytes.length <= maxBytes ? bytes : undefined;
  };

  readonly referrers = async (digest: string) => {
    const index = this.#read('referrers', digest);
    if (!this.hasReferrersApi) return undefined;
    return index ?? this.contents.get(`manifests ${referrersTag(digest)}`) ?? indexOf([]);
  };

  /** @returns the digest */
  pushBlob(bytes: Buffer): string {
    const digest = digestOf(bytes);
    this.contents.set(`blobs ${digest}`, bytes);
    return digest;
  }

  /** @returns the digest */
  pushManifest(manifest: object, tag?: string): string {
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = digestOf(bytes);
    for (const reference of [digest, ...(tag === undefined ? [] : [tag])]) {
      this.contents.set(`manifests ${reference}`, bytes);
    }
    return digest;
  }

  /** Adds a referrer, to the API's index and to the fallback tag. */
  pushReferrer(subject: string, artifactType: string, layers: readonly object[]): string {
    const digest = this.pushManifest({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType,
      config: { mediaType: artifactType, digest: this.pushBlob(Buffer.from('{}')), size: 2 },
      layers,
      subject: { mediaType: OCI_MANIFEST, digest: subject, size: 1 },
    });
    const tag = referrersTag(subject);
    const known = this.contents.get(`manifests ${tag}`);
    const entries = known === undefined ? [] : JSON.parse(known.toString()).manifests;
    entries.push({ mediaType: OCI_MANIFEST, digest, size: 1, artifactType });
    this.contents.set(`manifests ${tag}`, indexOf(entries));
    return digest;
  }

  #read(kind: string, name: string): Buffer | undefined {
    this.asked.push(`${kind} ${name}`);
    if (this.down !== undefined && `${kind} ${name}`.startsWith(this.down)) {
      throw new Error('the registry does not answer');
    }
    return this.contents.get(`${kind} ${name}`);
  }
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function indexOf(manifests: readonly object[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }));
}
