import { setTimeout as sleep } from 'node:timers/promises';
import { WarmError } from './door/ask.ts';
import type { Place, Registry } from './door/open-registry.ts';
import type { Here } from './here/open-here.ts';
import type { BlobPart } from './plan/parse-manifest.ts';

/** Egress links a blob just after its last byte. */
const STORED_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 5;

export interface FetchBlobsOptions {
  readonly registry: Pick<Registry, 'fetchBlob'>;
  readonly here: Pick<Here, 'hasBlob'>;
  /** How many blobs come in at a time, so that pulls find room beside them. */
  readonly parallel: number;
}

/** Makes a function that brings a blob in, each once, and waits for its turn. */
export function createFetchBlobs({ registry, here, parallel }: FetchBlobsOptions) {
  const begun = new Map<string, Promise<void>>();
  const limit = createLimit(parallel);
  return (place: Place, blob: BlobPart): Promise<void> => {
    const key = `${place.upstreamId} ${place.repository} ${blob.digest}`;
    const known = begun.get(key);
    if (known !== undefined) return known;
    // Another blob comes in while this one is moved and linked.
    const fetched = limit(() => registry.fetchBlob(place, blob.digest)).then(() =>
      untilStored(here, place, blob),
    );
    begun.set(key, fetched);
    return fetched;
  };
}

async function untilStored(
  here: Pick<Here, 'hasBlob'>,
  place: Place,
  { digest, sizeBytes }: BlobPart,
): Promise<void> {
  const endMs = performance.now() + STORED_WITHIN_MS;
  while (!(await here.hasBlob(place, digest, sizeBytes))) {
    if (performance.now() > endMs) {
      throw new WarmError(
        `${place.repository}: ${digest} was fetched and could not be stored`,
        507,
      );
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** Runs at most so many tasks at a time, the oldest first. */
export function createLimit(most: number) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(task: () => Promise<T>): Promise<T> => {
    if (running < most) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
