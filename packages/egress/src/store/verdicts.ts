import { readFile } from 'node:fs/promises';
import {
  asObject,
  isDigest,
  parseObject,
  type VerdictKind,
  verdictsFile,
} from '@registry-cache/domain';
import { inDirectory, orMissing, writeFileAtomic } from '@registry-cache/runtime';

/** The verdict on a digest. */
export interface KeptVerdict {
  /** The rules by which it was found. */
  readonly generation: string;
  /** The signer, or whoever else said yes; the reason of a refusal. */
  readonly by: string;
  readonly isRefused?: boolean | undefined;
  /** The index that names it, where the verdict is on the index. */
  readonly parent?: string | undefined;
}

/** By digest; those that were used least recently come first. */
export type KeptVerdicts = ReadonlyMap<string, KeptVerdict>;

/** The verdicts on the images of a repository: one small file for each repository. */
export interface VerdictStore {
  read(upstreamId: string, repository: string): Promise<Map<string, KeptVerdict>>;
  write(upstreamId: string, repository: string, verdicts: KeptVerdicts): Promise<void>;
}

export function openVerdictStore(root: string, kind: VerdictKind): VerdictStore {
  return {
    async read(upstreamId, repository) {
      const bytes = await orMissing(readFile(verdictsFile(root, kind, upstreamId, repository)));
      return new Map(bytes === undefined ? [] : parseVerdicts(bytes));
    },
    write(upstreamId, repository, verdicts) {
      const file = verdictsFile(root, kind, upstreamId, repository);
      const text = JSON.stringify({ verdicts: Object.fromEntries(verdicts) });
      // After a loss of power the verdicts are found again.
      return inDirectory(file, () => writeFileAtomic(file, text, 0o644, { isLasting: false }));
    },
  };
}

function parseVerdicts(bytes: Uint8Array): [string, KeptVerdict][] {
  return Object.entries(asObject(parseObject(bytes).verdicts)).flatMap(([digest, value]) => {
    const { generation, by, parent, isRefused } = asObject(value);
    if (!isDigest(digest) || typeof generation !== 'string' || typeof by !== 'string') return [];
    const optional = {
      ...(typeof parent === 'string' && { parent }),
      ...(isRefused === true && { isRefused }),
    };
    return [[digest, { generation, by, ...optional }]];
  });
}
