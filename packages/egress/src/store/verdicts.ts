import { readFile } from 'node:fs/promises';
import { asObject, isDigest, parseObject, verdictsFile } from '@registry-cache/domain';
import { inDirectory, orMissing, writeFileAtomic } from '@registry-cache/runtime';

/** A digest whose signature is good. */
export interface KeptVerdict {
  /** The rules by which it is good. */
  readonly generation: string;
  /** The signer. */
  readonly by: string;
  /** The index that names it, where the index is signed and it need not be. */
  readonly parent?: string | undefined;
}

/** By digest; those that were used least recently come first. */
export type KeptVerdicts = ReadonlyMap<string, KeptVerdict>;

/** The verdicts on the images of a repository: one small file for each repository. */
export interface VerdictStore {
  read(upstreamId: string, repository: string): Promise<Map<string, KeptVerdict>>;
  write(upstreamId: string, repository: string, verdicts: KeptVerdicts): Promise<void>;
}

export function openVerdictStore(root: string): VerdictStore {
  return {
    async read(upstreamId, repository) {
      const bytes = await orMissing(readFile(verdictsFile(root, upstreamId, repository)));
      return new Map(bytes === undefined ? [] : parseVerdicts(bytes));
    },
    write(upstreamId, repository, verdicts) {
      const file = verdictsFile(root, upstreamId, repository);
      const text = JSON.stringify({ verdicts: Object.fromEntries(verdicts) });
      // After a loss of power the signatures are looked up again.
      return inDirectory(file, () => writeFileAtomic(file, text, 0o644, { isLasting: false }));
    },
  };
}

function parseVerdicts(bytes: Uint8Array): [string, KeptVerdict][] {
  return Object.entries(asObject(parseObject(bytes).verdicts)).flatMap(([digest, value]) => {
    const { generation, by, parent } = asObject(value);
    if (!isDigest(digest) || typeof generation !== 'string' || typeof by !== 'string') return [];
    return [[digest, { generation, by, ...(typeof parent === 'string' && { parent }) }]];
  });
}
