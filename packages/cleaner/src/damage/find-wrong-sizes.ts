import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  blobFile,
  MAX_MANIFEST_BYTES,
  parseDescriptors,
  revisionsDir,
} from '@registry-cache/domain';
import type { Pace } from '../pace.ts';
import type { Problems } from '../problems.ts';
import { listNames } from '../quiet-fs.ts';
import type { BlobTable } from '../scan/blob-table.ts';
import { walkRepositories } from '../scan/repositories.ts';

/**
 * Rows of blobs that are empty on disk although their digest is not that of empty content. A power
 * loss leaves such files.
 */
export function findEmpty(table: BlobTable): number[] {
  const rows: number[] = [];
  for (let row = 0; row < table.count; row += 1) {
    if (table.sizesBytes[row] === 0 && !EMPTY_DIGESTS.has(table.digestAt(row))) rows.push(row);
  }
  return rows;
}

/**
 * Rows of blobs whose size on the disk differs from the size in a manifest. The manifest may be
 * wrong as well, so these blobs are only suspects.
 */
export async function findWrongSizes(
  root: string,
  table: BlobTable,
  problems: Problems,
  pace: Pace,
): Promise<number[]> {
  const wrong = new Set<number>();
  for (const row of await listManifests(root, table, problems, pace)) {
    if (pace.due()) await pace.rest();
    for (const { digest, sizeBytes } of parseDescriptors(readManifest(root, table, row))) {
      const [algorithm = '', hex = ''] = digest.split(':');
      const named = table.rowOf(algorithm, hex);
      if (named >= 0 && table.sizesBytes[named] !== sizeBytes) wrong.add(named);
    }
  }
  return [...wrong];
}

/** Rows of all manifests that a repository may serve, each once. */
async function listManifests(
  root: string,
  table: BlobTable,
  problems: Problems,
  pace: Pace,
): Promise<Set<number>> {
  const rows = new Set<number>();
  for (const { directory } of walkRepositories(root, problems)) {
    if (pace.due()) await pace.rest();
    const revisions = revisionsDir(directory);
    for (const algorithm of listNames(revisions, problems)) {
      for (const hex of listNames(`${revisions}/${algorithm}`, problems)) {
        const row = table.rowOf(algorithm, hex);
        if (row >= 0 && (table.sizesBytes[row] ?? 0) <= MAX_MANIFEST_BYTES) rows.add(row);
      }
    }
  }
  return rows;
}

/** Empty if the manifest has gone meanwhile or cannot be read. */
function readManifest(root: string, table: BlobTable, row: number): Uint8Array {
  try {
    return readFileSync(blobFile(root, table.digestAt(row)));
  } catch {
    return new Uint8Array(0);
  }
}

const EMPTY_DIGESTS = new Set(
  ['sha256', 'sha512'].map((algorithm) => `${algorithm}:${createHash(algorithm).digest('hex')}`),
);
