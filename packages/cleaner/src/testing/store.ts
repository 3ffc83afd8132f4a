import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  BLOBS_LINK_TARGET,
  blobFile,
  blobsDir,
  engineDataDir,
  layerLinkDir,
  repositoryDir,
  revisionLinkDir,
  splitDigest,
  tagsDir,
  uploadsDir,
} from '@registry-cache/domain';
import { onTestFinished } from 'vitest';

export const MINUTE_MS = 60_000;

/** A directory that is removed after the test. */
export function createDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'registry-cache-cleaner-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A store on a real disk, in the layout of the distribution registry, with times in the past. */
export class TestStore {
  readonly root = createDirectory();
  readonly nowMs = Date.now();

  constructor() {
    mkdirSync(blobsDir(this.root));
  }

  /** Adds a blob of that many bytes, last used `age` minutes ago and written just before. */
  blob(sizeBytes: number, age: number, { algorithm = 'sha256', writtenAge = age } = {}): string {
    const content = `${age} ${Math.random()}`.padEnd(sizeBytes, 'x').slice(0, sizeBytes);
    const hex = createHash(algorithm).update(`${content}${Math.random()}`).digest('hex');
    const digest = `${algorithm}:${hex}`;
    this.write(blobFile(this.root, digest), content);
    this.setAges(blobFile(this.root, digest), age, writtenAge);
    return digest;
  }

  layer(upstream: string, repository: string, digest: string, named = digest): void {
    this.write(`${layerLinkDir(this.repository(upstream, repository), named)}/link`, digest);
  }

  manifest(upstream: string, repository: string, digest: string): void {
    this.write(`${revisionLinkDir(this.repository(upstream, repository), digest)}/link`, digest);
  }

  /** Adds a tag. The last digest is its current one, the others are its history. */
  tag(upstream: string, repository: string, tag: string, ...digests: string[]): string {
    const directory = join(tagsDir(this.repository(upstream, repository)), tag);
    for (const digest of digests) {
      const { algorithm, hex } = splitDigest(digest);
      this.write(join(directory, 'index', algorithm, hex, 'link'), digest);
      this.write(join(directory, 'current', 'link'), digest);
    }
    return directory;
  }

  upload(upstream: string, repository: string, sizeBytes: number, age: number): string {
    const directory = join(uploadsDir(this.repository(upstream, repository)), `u${age}`);
    for (const name of ['startedat', 'hashstates/sha256/0']) this.write(join(directory, name), '');
    this.write(join(directory, 'data'), 'x'.repeat(sizeBytes));
    this.age(directory, age);
    return directory;
  }

  repository(upstream: string, name: string): string {
    const directory = repositoryDir(this.root, upstream, name);
    if (existsSync(directory)) return directory;
    mkdirSync(uploadsDir(directory), { recursive: true });
    // The state after a minute without a download.
    this.setAges(uploadsDir(directory), 1, 1);
    const shared = join(engineDataDir(this.root, upstream), 'blobs');
    if (!existsSync(shared)) symlinkSync(BLOBS_LINK_TARGET, shared);
    return directory;
  }

  has(digest: string): boolean {
    return existsSync(blobFile(this.root, digest));
  }

  write(file: string, content: string): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Makes a tree look as if it had not changed for so many minutes. */
  age(path: string, minutes: number): void {
    for (const entry of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
      this.setAges(join(path, entry), minutes, minutes);
    }
    this.setAges(path, minutes, minutes);
  }

  setAges(path: string, accessAge: number, writtenAge: number): void {
    const seconds = (age: number) => (this.nowMs - age * MINUTE_MS) / 1000;
    utimesSync(path, seconds(accessAge), seconds(writtenAge));
  }
}
