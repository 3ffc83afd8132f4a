import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openCatalog } from '@registry-cache/catalog';
import {
  blobFile,
  OCI_INDEX,
  OCI_MANIFEST,
  repositoryDir,
  revisionLinkDir,
  tagCurrentLink,
} from '@registry-cache/domain';
import { onTestFinished } from 'vitest';
import {
  allReferences,
  BundleCollector,
  type BundlePlan,
  type CollectBundleOptions,
} from '../collect/collect-bundle.ts';
import { readRepository } from '../collect/read-repository.ts';

/** A folder that is removed after the test. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function write(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

/** A cache's store on a real disk, with images of quay.io. */
export class TestStore {
  readonly root = createFolder();
  readonly upstreamId = 'quay.io';

  blob(digest: string): string {
    return blobFile(this.root, digest);
  }

  addBlob(content: string | Uint8Array, mediaType = 'application/octet-stream'): Descriptor {
    const digest = digestOf(content);
    write(this.blob(digest), content);
    return { mediaType, digest, size: statSync(this.blob(digest)).size };
  }

  addManifest(repository: string, manifest: Record<string, unknown>, tag?: string): Descriptor {
    const isIndex = 'manifests' in manifest;
    const mediaType = isIndex ? OCI_INDEX : OCI_MANIFEST;
    const made = this.addBlob(
      JSON.stringify({ schemaVersion: 2, mediaType, ...manifest }),
      mediaType,
    );
    const directory = repositoryDir(this.root, this.upstreamId, repository);
    write(join(revisionLinkDir(directory, made.digest), 'link'), made.digest);
    if (tag !== undefined) write(tagCurrentLink(directory, tag), made.digest);
    return made;
  }

  /** An image of a config and these layers. */
  addImage(
    repository: string,
    tag: string | undefined,
    layers: readonly (string | Uint8Array)[],
    more: Record<string, unknown> = {},
  ): Descriptor {
    const blobs = layers.map((layer) =>
      this.addBlob(layer, 'application/vnd.oci.image.layer.v1.tar'),
    );
    const diffs = blobs.map(({ digest }) => digest);
    const config = this.addBlob(
      JSON.stringify({
        os: 'linux',
        architecture: 'amd64',
        rootfs: { type: 'layers', diff_ids: diffs },
      }),
      'application/vnd.oci.image.config.v1+json',
    );
    return this.addManifest(repository, { config, layers: blobs, ...more }, tag);
  }

  /** Collects these images, or all, as `export` does. */
  async collect(
    wanted: Readonly<Record<string, readonly string[] | 'all'>>,
    options: Omit<CollectBundleOptions, 'blobSize'> = {},
  ): Promise<BundlePlan> {
    const catalog = openCatalog(this.root);
    const collector = new BundleCollector({
      blobSize: (digest) => statSync(this.blob(digest), { throwIfNoEntry: false })?.size,
      ...options,
    });
    for (const [repository, references] of Object.entries(wanted)) {
      const name = `quay.io/${repository}`;
      const reference = { upstreamId: this.upstreamId, repository };
      const read = await readRepository(this.root, catalog, name, reference);
      collector.add(read, references === 'all' ? allReferences(read) : references);
    }
    return collector.result();
  }

  /** What an export is told. */
  run(signal: AbortSignal = new AbortController().signal) {
    return { blobFile: (digest: string) => this.blob(digest), onBytes: () => undefined, signal };
  }
}

/** What `verify` is told. */
export const VERIFY = { onBytes: () => undefined, signal: new AbortController().signal };

export const platform = (architecture: string) => ({ platform: { os: 'linux', architecture } });
