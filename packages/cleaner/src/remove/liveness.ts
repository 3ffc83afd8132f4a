import { readFileSync } from 'node:fs';
import { blobFile, isDigest, splitDigest } from '@registry-cache/domain';
import { errorCode, type Problems } from '../problems.ts';
import { lstatQuietly } from '../quiet-fs.ts';
import type { BlobTable } from '../scan/blob-table.ts';

/**
 * - `alive`: the blob exists, or nothing certain is known;
 * - `dead`: the blob existed at the scan and is gone now;
 * - `dangling`: the blob existed neither at the scan nor now;
 * - `shell`: the link is missing or empty: someone is writing it, or a crash left it so.
 */
export type Verdict = 'alive' | 'dead' | 'dangling' | 'shell';

/** Judges links by whether their blob still exists. */
export class Liveness {
  readonly #root: string;
  readonly #table: BlobTable;
  readonly #problems: Problems;

  constructor(root: string, table: BlobTable, problems: Problems) {
    this.#root = root;
    this.#table = table;
    this.#problems = problems;
  }

  /**
   * Whether the scan found this blob. The caller reads the digest off the link's directory name, so
   * this costs no access to the disk.
   */
  isKnown(algorithm: string, hex: string): boolean {
    const row = this.#table.rowOf(algorithm, hex);
    return row >= 0 && !this.#table.isGone(row);
  }

  /**
   * Judges by the link's content, because its directory may name the blob by another algorithm than
   * the store. Looks at the disk as well: the blob may have been fetched again meanwhile.
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

/** The digest in a link file; `missing` also if its content is not a digest. */
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
