import { readFileSync } from 'node:fs';
import { blobFile, isDigest, splitDigest } from '@registry-cache/domain';
import { errorCode, type Problems } from '../problems.ts';
import { lstatQuietly } from '../quiet-fs.ts';
import type { BlobTable } from '../scan/blob-table.ts';

/**
 * - `alive`: the blob is there, or nothing certain can be said;
 * - `dead`: the blob was there at the scan and is gone now;
 * - `dangling`: the blob was not there at the scan either, and is not now;
 * - `shell`: there is no link, or nothing in it: one is being written, or a crash left that.
 */
export type Verdict = 'alive' | 'dead' | 'dangling' | 'shell';

/** Says of links whether the blob they name is still there. */
export class Liveness {
  readonly #root: string;
  readonly #table: BlobTable;
  readonly #problems: Problems;

  constructor(root: string, table: BlobTable, problems: Problems) {
    this.#root = root;
    this.#table = table;
    this.#problems = problems;
  }

  /** By the name of a link's directory; touches no disk for a blob that the scan found. */
  isKnown(algorithm: string, hex: string): boolean {
    const row = this.#table.rowOf(algorithm, hex);
    return row >= 0 && !this.#table.isGone(row);
  }

  /**
   * By the link's content: the directory may be named by another algorithm than the one the
   * blob is stored under. Asks the disk, for a blob may have been fetched again meanwhile.
   */
  judge(linkFile: string): Verdict {
    const digest = readLink(linkFile, this.#problems);
    if (digest === 'missing') return 'shell';
    if (digest === 'unreadable') return 'alive';
    const { algorithm, hex } = splitDigest(digest);
    if (this.isKnown(algorithm, hex) || this.#isOnDisk(digest)) return 'alive';
    return this.#table.rowOf(algorithm, hex) >= 0 ? 'dead' : 'dangling';
  }

  #isOnDisk(digest: string): boolean {
    return lstatQuietly(blobFile(this.#root, digest), this.#problems) !== 'missing';
  }
}

/** The digest in a link file; `missing` too where what is in it is not one. */
function readLink(linkFile: string, problems: Problems): string {
  try {
    const text = readFileSync(linkFile, 'latin1').trim();
    return isDigest(text) ? text : 'missing';
  } catch (error) {
    const missing = ['ENOENT', 'ENOTDIR'].includes(errorCode(error));
    if (!missing) problems.add(error, linkFile);
    return missing ? 'missing' : 'unreadable';
  }
}
