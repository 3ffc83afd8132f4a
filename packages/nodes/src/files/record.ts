import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMissing, writeFileAtomic } from '@registry-cache/runtime';

/** One file of the node that is set up. */
export interface RecordedFile {
  /** Null if the node had none. */
  readonly original: string | null;
  /** The permission bits of the original. */
  readonly mode: number;
  readonly written: string;
  /** What an earlier set-up wrote, which is still there if the process ended before this one did. */
  readonly replaced?: string;
  readonly isLasting: boolean;
}

/** The memory of a node's set-up, in a file on the node. */
export interface NodeRecord {
  readonly files: Readonly<Record<string, RecordedFile>>;
  /** Folders that the set-up has made, in the order of their making. */
  readonly folders: readonly string[];
  /** The process of the runtime that has read the changed configuration; see `node-setup.ts`. */
  readonly restarted?: string;
}

/** @throws if it is there and cannot be read: without it the originals would be lost. */
export async function readRecord(path: string): Promise<NodeRecord> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as NodeRecord;
  } catch (error) {
    if (isMissing(error)) return { files: {}, folders: [] };
    throw new Error(`${path}: the record of this node cannot be read`, { cause: error });
  }
}

/** Logins may be in it. */
export async function writeRecord(path: string, record: NodeRecord): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFileAtomic(path, `${JSON.stringify(record)}\n`, 0o600);
}
