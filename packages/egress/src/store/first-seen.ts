import { readFile } from 'node:fs/promises';
import { asObject, firstSeenFile, parseObject } from '@registry-cache/domain';
import { inDirectory, orMissing, writeFileAtomic } from '@registry-cache/runtime';

/** Milliseconds since the epoch, by `<tag>@<digest>`, or `@<digest>`; the oldest entry first. */
export type SeenTimes = ReadonlyMap<string, number>;

/** When digests were first seen: one small file for each repository. */
export interface FirstSeenStore {
  read(upstreamId: string, repository: string): Promise<Map<string, number>>;
  write(upstreamId: string, repository: string, seen: SeenTimes): Promise<void>;
}

export function openFirstSeenStore(root: string): FirstSeenStore {
  return {
    async read(upstreamId, repository) {
      const bytes = await orMissing(readFile(firstSeenFile(root, upstreamId, repository)));
      const entries = bytes === undefined ? [] : Object.entries(asObject(parseObject(bytes).seen));
      return new Map(
        entries.flatMap(([key, atMs]): [string, number][] =>
          typeof atMs === 'number' && Number.isFinite(atMs) ? [[key, atMs]] : [],
        ),
      );
    },
    write(upstreamId, repository, seen) {
      const file = firstSeenFile(root, upstreamId, repository);
      const text = JSON.stringify({ seen: Object.fromEntries(seen) });
      return inDirectory(file, () => writeFileAtomic(file, text));
    },
  };
}
