import { createHash } from 'node:crypto';
import { createBoundedMap } from '@registry-cache/runtime';

/** A push of many large layers over a slow line takes hours. */
const LONGEST_MS = 24 * 60 * 60_000;
/** 2 MB. A client whose parts are forgotten hears that they are missing, and sends them again. */
const CAPACITY = 20_000;

/** A part of a push. */
export interface UploadedPart {
  /** The user, or the address of a client without a login. */
  readonly pusher: string;
  readonly repository: string;
  readonly digest: string;
}

/**
 * The blobs and manifests that each client has sent lately, by repository. It has their bytes, so it
 * may name them in a manifest there, whatever it may pull. A restart forgets them.
 */
export class UploadedParts {
  readonly #now: () => number;
  readonly #sentMs = createBoundedMap<string, number>(CAPACITY);

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  note(part: UploadedPart): void {
    this.#sentMs.set(keyOf(part), this.#now());
  }

  has(part: UploadedPart): boolean {
    const sentMs = this.#sentMs.get(keyOf(part));
    return sentMs !== undefined && this.#now() - sentMs <= LONGEST_MS;
  }
}

/** Short, whatever the names are. */
function keyOf({ pusher, repository, digest }: UploadedPart): string {
  return createHash('sha256').update(`${repository} ${digest} ${pusher}`).digest('base64');
}
