import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  blobDir,
  blobFile,
  referrersFile,
  repositoryDir,
  revisionLinkDir,
  tagCurrentLink,
  tagDir,
  tagsDir,
} from '@registry-cache/domain';
import { onTestFinished } from 'vitest';

export const REPOSITORY = { upstreamId: 'quay.io', repository: 'team/app' };

export interface Named {
  readonly children?: readonly string[];
  readonly layers?: readonly string[];
  readonly subject?: string | undefined;
}

/** A store on a real disk, written as egress writes it. */
export class TestStore {
  readonly root = createDirectory();
  readonly directory: string;

  constructor({ upstreamId, repository } = REPOSITORY) {
    this.directory = repositoryDir(this.root, upstreamId, repository);
  }

  /** Stores a manifest, or an index if it has children. @returns its digest. */
  manifest(name: string, { children, layers = [], subject }: Named = {}): string {
    const [config, ...rest] = layers.map((digest) => ({ digest }));
    return this.content({
      name,
      ...(children && { manifests: children.map((digest) => ({ digest })) }),
      ...(config && { config, layers: rest }),
      ...(subject !== undefined && { subject: { digest: subject } }),
    });
  }

  /** Stores any content as a manifest. */
  content(value: unknown): string {
    const text = JSON.stringify(value);
    const digest = digestOf(text);
    this.addAs(digest, text);
    return digest;
  }

  /** Stores content under a digest that need not be its own, such as that of a circle. */
  addAs(digest: string, text: string): void {
    write(blobFile(this.root, digest), text);
    const link = join(revisionLinkDir(this.directory, digest), 'link');
    write(link, digest);
    touch(dirname(dirname(link)));
  }

  tag(tag: string, digest: string): void {
    write(tagCurrentLink(this.directory, tag), digest);
    touch(tagsDir(this.directory));
  }

  listReferrers(subject: string, ...referrers: readonly string[]): void {
    write(referrersFile(this.directory, subject), `${referrers.join('\n')}\n`);
  }

  removeTag(tag: string): void {
    rmSync(tagDir(this.directory, tag), { recursive: true });
  }

  removeLink(digest: string): void {
    rmSync(revisionLinkDir(this.directory, digest), { recursive: true });
  }

  removeData(digest: string): void {
    rmSync(blobDir(this.root, digest), { recursive: true });
  }
}

export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function createDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'registry-cache-catalog-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
}

function touch(directory: string): void {
  utimesSync(directory, new Date(), new Date());
}
