import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asObject, isDigest, isRepository, parseObject } from '@registry-cache/domain';
import { isMissing, orMissing, writeFileAtomic } from '@registry-cache/runtime';

/** A manifest or a blob that a client has deleted, and whose room may not be free yet. */
export interface Deletion {
  readonly kind: 'manifest' | 'blob';
  readonly repository: string;
  readonly digest: string;
}

/** The deletions that the sweep has to finish, as files, so that a restart forgets none. */
export class Deletions {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async add(deletion: Deletion): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await writeFileAtomic(this.#fileOf(deletion), JSON.stringify(deletion));
  }

  async remove(deletion: Deletion): Promise<void> {
    await rm(this.#fileOf(deletion), { force: true });
  }

  async list(): Promise<Deletion[]> {
    const names = (await orMissing(readdir(this.#directory))) ?? [];
    const found: Deletion[] = [];
    for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
      const text = await readFile(join(this.#directory, name)).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      const deletion = text && parseDeletion(text);
      if (deletion !== undefined) found.push(deletion);
    }
    return found;
  }

  #fileOf({ kind, repository, digest }: Deletion): string {
    const hash = createHash('sha256').update(`${kind} ${repository} ${digest}`).digest('hex');
    return join(this.#directory, `${hash}.json`);
  }
}

function parseDeletion(bytes: Uint8Array): Deletion | undefined {
  const { kind, repository, digest } = asObject(parseObject(bytes));
  if (kind !== 'manifest' && kind !== 'blob') return undefined;
  if (typeof repository !== 'string' || !isRepository(repository)) return undefined;
  return typeof digest === 'string' && isDigest(digest) ? { kind, repository, digest } : undefined;
}
