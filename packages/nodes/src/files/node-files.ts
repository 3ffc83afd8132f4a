import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { chmod, mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { isMissing, writeFileAtomic } from '@registry-cache/runtime';
import { findOwnPart } from '../merge/strip.ts';
import type { NodeView, WantedFile } from '../plan-node.ts';
import { type NodeRecord, type RecordedFile, readRecord, writeRecord } from './record.ts';

/** The record, below the root of the node. */
const RECORD = '/var/lib/registry-cache-nodes/record.json';

/** Fails for bytes that would not come back as they were. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The files of one node: puts the set-up in and takes it out. */
export class NodeFiles implements NodeView {
  readonly #root: string;
  #record: NodeRecord;

  private constructor(root: string, record: NodeRecord) {
    this.#root = root;
    this.#record = record;
  }

  static async open(root: string): Promise<NodeFiles> {
    return new NodeFiles(root, await readRecord(join(root, RECORD)));
  }

  get restarted(): string | undefined {
    return this.#record.restarted;
  }

  readonly read = (path: string): string | undefined => {
    const record = this.#record.files[path];
    const change = record && { original: record.original ?? undefined, written: record.written };
    const now = this.#readNow(path)?.text;
    // A process that ended before its write left what it was to replace.
    if (now !== undefined && now === record?.replaced) return change?.original;
    return findOwnPart(path, now, change);
  };

  readonly list = (path: string): readonly string[] => {
    try {
      return readdirSync(join(this.#root, path));
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  };

  async keepRestarted(restarted: string): Promise<void> {
    await this.#keep({ ...this.#record, restarted });
  }

  /**
   * Writes the files that differ, and takes out those of an earlier set-up that are not wanted any
   * more. Returns the changed paths.
   *
   * @throws before anything is written, if a file cannot be merged.
   */
  async put(wanted: readonly WantedFile[]): Promise<string[]> {
    const merged = wanted.map((file) => ({ file, text: this.#merge(file) }));
    const paths = new Set(wanted.map(({ path }) => path));
    const changed = await this.#takeOut((path) => !paths.has(path));
    for (const { file, text } of merged) {
      if (await this.#putFile(file, text)) changed.push(file.path);
    }
    return changed;
  }

  /** Puts the node's own files back, all but the lasting ones. Returns the changed paths. */
  takeOut(): Promise<string[]> {
    return this.#takeOut((_, { isLasting }) => !isLasting);
  }

  /** Puts all of the node's own files back. Returns the changed paths. */
  takeAllOut(): Promise<string[]> {
    return this.#takeOut(() => true);
  }

  #merge({ path, merge }: WantedFile): string {
    const own = this.read(path);
    try {
      return merge(own);
    } catch (error) {
      const reason = (error as Error).message.split('\n')[0];
      throw new Error(`${path}: ${reason}`, { cause: error });
    }
  }

  async #putFile({ path, mode, isLasting = false }: WantedFile, text: string): Promise<boolean> {
    const now = this.#readNow(path);
    const original = this.read(path) ?? null;
    // The file has the set-up already, by other hands.
    if (text === original) return false;
    const former = this.#record.files[path];
    const isOurs = now?.text === former?.written || now?.text === former?.replaced;
    const record: RecordedFile = {
      original,
      mode: former?.mode ?? now?.mode ?? mode,
      written: text,
      ...(now !== undefined && isOurs && now.text !== text && { replaced: now.text }),
      isLasting,
    };
    if (JSON.stringify(former) !== JSON.stringify(record)) {
      await this.#keep({ ...this.#record, files: { ...this.#record.files, [path]: record } });
    }
    if (now?.text === text) return false;
    await this.#makeFolders(posix.dirname(path));
    await this.#write(path, text, original === null ? mode : record.mode & mode, now);
    return true;
  }

  async #takeOut(isTaken: (path: string, file: RecordedFile) => boolean): Promise<string[]> {
    const changed: string[] = [];
    for (const [path, file] of Object.entries(this.#record.files)) {
      if (!isTaken(path, file)) continue;
      const now = this.#readNow(path);
      const own = this.read(path);
      if (now !== undefined && own === undefined) await rm(join(this.#root, path));
      else if (own !== undefined) await this.#write(path, own, file.mode, now);
      if (now?.text !== own) changed.push(path);
      const { [path]: _, ...files } = this.#record.files;
      await this.#keep({ ...this.#record, files });
    }
    await this.#removeFolders();
    return changed;
  }

  async #write(path: string, text: string, mode: number, now: FileNow | undefined): Promise<void> {
    const target = join(this.#root, path);
    if (now?.text === text) return chmod(target, mode);
    await writeFileAtomic(target, text, mode, { owner: now?.owner });
  }

  /** Missing folders, each noted before it is made. */
  async #makeFolders(path: string): Promise<void> {
    if (lstatOrMissing(join(this.#root, path)) !== undefined) return;
    await this.#makeFolders(posix.dirname(path));
    await this.#keep({ ...this.#record, folders: [...this.#record.folders, path] });
    await mkdir(join(this.#root, path), { mode: 0o755 });
  }

  async #removeFolders(): Promise<void> {
    const left: string[] = [];
    for (const path of this.#record.folders.toReversed()) {
      try {
        await rmdir(join(this.#root, path));
      } catch (error) {
        // Others have put files there, or still wanted ones are there.
        if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY') left.unshift(path);
        else if (!isMissing(error)) throw error;
      }
    }
    if (left.length < this.#record.folders.length) {
      await this.#keep({ ...this.#record, folders: left });
    }
  }

  async #keep(record: NodeRecord): Promise<void> {
    await writeRecord(join(this.#root, RECORD), record);
    this.#record = record;
  }

  /** @throws for links and folders: what a link means on the node cannot be seen from here. */
  #readNow(path: string): FileNow | undefined {
    const file = join(this.#root, path);
    const stats = lstatOrMissing(file);
    if (stats === undefined) return undefined;
    const real = realpathSync(dirname(file));
    if (!stats.isFile() || real !== join(realpathSync(this.#root), posix.dirname(path))) {
      throw new Error(`${path}: found a link or a folder; accepted: a plain file`);
    }
    const owner = { uid: stats.uid, gid: stats.gid };
    return { text: decoder.decode(readFileSync(file)), mode: stats.mode & 0o7777, owner };
  }
}

interface FileNow {
  readonly text: string;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number };
}

function lstatOrMissing(path: string) {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
