import { once } from 'node:events';
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { orMissing } from '@registry-cache/runtime';
import { BackupError } from '../backup-error.ts';
import { ContentHash } from '../content-hash.ts';
import { digestOfPath } from '../digest-of-path.ts';
import {
  type BackupInfo,
  formatSum,
  INFO_NAME,
  KEYS_PREFIX,
  type KeyName,
  STORE_PREFIX,
  SUMS_NAME,
} from '../layout.ts';
import { listStore } from '../list/list-store.ts';
import { formatTarHeader, TAR_END, type TarEntry, tarPadding } from './tar-entry.ts';

export interface BackupOptions {
  readonly storeRoot: string;
  /** Certificates and keys that the cache has made. */
  readonly keys: ReadonlyMap<KeyName, Buffer>;
  readonly madeBy: string;
  readonly now: Date;
}

export interface WrittenBackup {
  readonly files: number;
  readonly tags: number;
  readonly keys: number;
  readonly bytes: number;
}

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const SECRET_MODE = 0o600;

/**
 * Writes a backup, also of a store that is in use: a file that goes meanwhile is left out, and one
 * that comes meanwhile too.
 * @throws BackupError for a file that changes while it is copied, or that is damaged and nobody could
 * fetch again; an error of the disk.
 */
export async function writeBackup(out: Writable, options: BackupOptions): Promise<WrittenBackup> {
  const { storeRoot, keys, madeBy, now } = options;
  const tar = new TarWriter(out);
  const info: BackupInfo = {
    ...{ format: 'registry-cache-backup', version: 1, madeBy },
    createdAt: now.toISOString(),
  };
  const text = (name: string, content: Buffer | string) =>
    tar.add({ name, mode: SECRET_MODE, changed: now, ...sized(content) }, [Buffer.from(content)]);
  await text(INFO_NAME, `${JSON.stringify(info)}\n`);
  for (const [name, content] of keys) await text(`${KEYS_PREFIX}${name}`, content);
  const { blobs, manifests, others, tags } = await listStore(storeRoot);
  for (const path of blobs) await addFile(tar, storeRoot, path);
  for (const path of manifests) {
    if (await isWhole(storeRoot, path)) await addFile(tar, storeRoot, path);
  }
  for (const path of others) await addFile(tar, storeRoot, path);
  const { files, sums } = tar;
  await text(SUMS_NAME, sums);
  await tar.end();
  return { files: files - 1 - keys.size, tags, keys: keys.size, bytes: tar.bytes };
}

function sized(content: Buffer | string) {
  return { sizeBytes: Buffer.byteLength(content) };
}

/** A damaged manifest of a registry is left out: the cache fetches it again. */
async function isWhole(root: string, path: string): Promise<boolean> {
  const bytes = await orMissing(readFile(join(root, path)));
  if (bytes === undefined) return false;
  const hash = new ContentHash(digestOfPath(path));
  hash.update(bytes);
  return hash.end().isRight;
}

async function addFile(tar: TarWriter, root: string, path: string): Promise<void> {
  const handle = await orMissing(open(join(root, path), READ));
  if (handle === undefined) return;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return;
    const entry = {
      name: `${STORE_PREFIX}${path}`,
      sizeBytes: stats.size,
      mode: stats.mode & 0o777,
      changed: stats.mtime,
    };
    // A log that grows is cut at its present end.
    const end = Math.max(0, stats.size - 1);
    const options = { start: 0, end, autoClose: false };
    const content = stats.size === 0 ? [] : handle.createReadStream(options);
    await tar.add(entry, content, digestOfPath(path));
  } finally {
    await handle.close();
  }
}

/** Writes files behind each other, and the sum of each. */
class TarWriter {
  readonly #out: Writable;
  #sums = '';
  files = 0;
  bytes = 0;

  constructor(out: Writable) {
    this.#out = out;
  }

  get sums(): string {
    return this.#sums;
  }

  /** @throws BackupError if the bytes are fewer than the entry says, or have another digest. */
  async add(
    entry: TarEntry,
    content: AsyncIterable<Buffer> | Iterable<Buffer>,
    digest?: string,
  ): Promise<void> {
    await this.#write(formatTarHeader(entry));
    const hash = new ContentHash(digest);
    let sizeBytes = 0;
    for await (const piece of content) {
      hash.update(piece);
      sizeBytes += piece.length;
      await this.#write(piece);
    }
    if (sizeBytes !== entry.sizeBytes) {
      throw new BackupError(`${entry.name} became shorter while it was copied; try again`);
    }
    const { sha256, isRight } = hash.end();
    if (!isRight) {
      throw new BackupError(
        `${entry.name} is damaged: its bytes do not have this digest; push its image again, or delete it`,
      );
    }
    await this.#write(tarPadding(sizeBytes));
    this.#sums += formatSum(entry.name, sha256);
    this.files += 1;
  }

  async end(): Promise<void> {
    await this.#write(TAR_END);
  }

  async #write(bytes: Buffer): Promise<void> {
    this.bytes += bytes.length;
    if (!this.#out.write(bytes)) await once(this.#out, 'drain');
  }
}
