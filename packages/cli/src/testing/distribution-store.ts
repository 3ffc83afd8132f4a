import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  layerLinkDir,
  repositoryDir,
  revisionLinkDir,
  splitDigest,
  tagCurrentLink,
} from '@registry-cache/domain';

export function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

export function digestOf(content: string, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`;
}

export interface StoredImage {
  readonly digest: string;
  readonly layers: readonly string[];
}

/** A store as distribution makes one, in a folder with `docker/registry/v2`. */
export class DistributionStore {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  get data(): string {
    return join(this.dir, 'docker', 'registry', 'v2');
  }

  repository(name: string): string {
    return join(this.data, 'repositories', name);
  }

  blob(digest: string): string {
    const { algorithm, hex } = splitDigest(digest);
    return join(this.data, 'blobs', algorithm, hex.slice(0, 2), hex, 'data');
  }

  /** @param usedAt - The blob's times, in seconds since the epoch. */
  addBlob(content: string, usedAt = 1_700_000_000, algorithm = 'sha256'): string {
    const digest = digestOf(content, algorithm);
    write(this.blob(digest), content);
    utimesSync(this.blob(digest), usedAt, usedAt);
    return digest;
  }

  addLayer(repository: string, content: string, usedAt?: number, algorithm?: string): string {
    const digest = this.addBlob(content, usedAt, algorithm);
    write(join(layerLinkDir(this.repository(repository), digest), 'link'), digest);
    return digest;
  }

  addManifest(repository: string, manifest: object, usedAt?: number): string {
    const digest = this.addBlob(JSON.stringify(manifest), usedAt);
    write(join(revisionLinkDir(this.repository(repository), digest), 'link'), digest);
    return digest;
  }

  addTag(repository: string, tag: string, digest: string, writtenAt = 1_700_000_000): void {
    const link = tagCurrentLink(this.repository(repository), tag);
    write(link, digest);
    utimesSync(link, writtenAt, writtenAt);
  }

  /** An image of a config and a layer with this content. */
  addImage(repository: string, tag: string, content: string, usedAt?: number): StoredImage {
    const layers = [`{"of":"${digestOf(content)}"}`, content].map((one) =>
      this.addLayer(repository, one, usedAt),
    );
    const describe = (digest: string) => ({ digest, size: statSync(this.blob(digest)).size });
    const [config = '', layer = ''] = layers;
    const manifest = { schemaVersion: 2, config: describe(config), layers: [describe(layer)] };
    const digest = this.addManifest(repository, manifest, usedAt);
    this.addTag(repository, tag, digest);
    return { digest, layers };
  }
}

/** What a cache's store has for one upstream. */
export function openOurStore(root: string, upstreamId = 'quay.io') {
  const directory = (repository: string) => repositoryDir(root, upstreamId, repository);
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
  return {
    blob: (digest: string) => {
      const { algorithm, hex } = splitDigest(digest);
      return join(root, 'blobs', algorithm, hex.slice(0, 2), hex, 'data');
    },
    hasLayer: (repository: string, digest: string) =>
      read(join(layerLinkDir(directory(repository), digest), 'link')) === digest,
    hasManifest: (repository: string, digest: string) =>
      read(join(revisionLinkDir(directory(repository), digest), 'link')) === digest,
    tagLink: (repository: string, tag: string) => tagCurrentLink(directory(repository), tag),
    tag: (repository: string, tag: string) => read(tagCurrentLink(directory(repository), tag)),
  };
}
