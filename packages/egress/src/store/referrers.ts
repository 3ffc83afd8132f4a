import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDigest, referrersDir, referrersFile, repositoryDir } from '@registry-cache/domain';
import { inDirectory, orMissing, writeFileAtomic } from '@registry-cache/runtime';

export interface SubjectReference {
  readonly upstreamId: string;
  readonly repository: string;
  readonly subject: string;
}

/**
 * The referrers that upstreams have listed, for programs that decide about a request for one of them
 * before it is here. A list is needed until then only, so the number of lists and of their entries
 * is limited.
 */
export interface ReferrerStore {
  /** Adds the digests to those of the subject. */
  add(reference: SubjectReference, digests: readonly string[]): Promise<void>;
}

export interface ReferrerLimits {
  /** Subjects of a repository. The list that was written first goes. */
  readonly maxSubjects: number;
  /** Referrers of a subject. Those that were listed last stay. */
  readonly maxReferrers: number;
}

const LIMITS: ReferrerLimits = { maxSubjects: 256, maxReferrers: 1_000 };

export function openReferrerStore(
  root: string,
  { maxSubjects, maxReferrers }: ReferrerLimits = LIMITS,
): ReferrerStore {
  let last = Promise.resolve();

  const write = async (
    { upstreamId, repository, subject }: SubjectReference,
    digests: readonly string[],
  ) => {
    const directory = repositoryDir(root, upstreamId, repository);
    const file = referrersFile(directory, subject);
    const text = await orMissing(readFile(file, 'utf8'));
    const known = (text ?? '').split('\n').filter(isDigest);
    const all = new Set([...digests, ...known]);
    // A list that is asked for again and again is written once.
    const kept = [...all].slice(0, maxReferrers);
    if (kept.every((digest) => known.includes(digest))) return;
    await inDirectory(file, () =>
      writeFileAtomic(file, `${kept.join('\n')}\n`, 0o644, { isLasting: false }),
    );
    if (text === undefined) await removeOldest(referrersDir(directory), maxSubjects);
  };

  return {
    async add(reference, digests) {
      if (digests.length === 0) return;
      // One after the other: each reads what the one before has written.
      const mine = last.then(() => write(reference, digests));
      last = mine.catch(() => undefined);
      await mine;
    },
  };
}

async function removeOldest(directory: string, maxFiles: number): Promise<void> {
  const names = (await orMissing(readdir(directory))) ?? [];
  if (names.length <= maxFiles) return;
  const files = await Promise.all(
    names.map(async (name) => {
      const file = join(directory, name);
      return { file, timeMs: (await orMissing(stat(file)))?.mtimeMs ?? 0 };
    }),
  );
  const oldestFirst = files.sort((one, other) => one.timeMs - other.timeMs);
  for (const { file } of oldestFirst.slice(0, files.length - maxFiles)) {
    await rm(file, { force: true });
  }
}
