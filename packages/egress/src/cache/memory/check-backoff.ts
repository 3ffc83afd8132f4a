import { createBoundedMap } from '@registry-cache/runtime';
import type { TagPlace } from '../../store/tags.ts';
import type { RegistryError } from '../../wire/errors/registry-error.ts';

const CAPACITY = 10_000;
const PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

/** How the last check of a tag has failed, where it has; what it means for the next one to ask. */
export class CheckBackoff {
  readonly #failures = createBoundedMap<string, { failure: RegistryError; atMs: number }>(CAPACITY);

  note(place: TagPlace, failure: RegistryError, atMs: number): void {
    this.#failures.set(keyOf(place), { failure, atMs });
  }

  forget(place: TagPlace): void {
    this.#failures.delete(keyOf(place));
  }

  /** The upstream refused, maybe when nobody waited any more; the next one must hear of it. */
  wasRefused(place: TagPlace): boolean {
    const found = this.#failures.get(keyOf(place));
    return found !== undefined && isRefused(found.failure);
  }

  /** An upstream that has enough to do is not asked about the tag again at once. */
  isPaused(place: TagPlace, nowMs: number): boolean {
    const found = this.#failures.get(keyOf(place));
    if (found === undefined) return false;
    const sinceMs = nowMs - found.atMs;
    return sinceMs >= 0 && sinceMs < pauseMs(found.failure);
  }
}

/** Whether the upstream said that it has no such tag. */
export function isGone({ status, phase }: RegistryError): boolean {
  return (status === 404 && phase !== 'page') || status === 410;
}

export function isRefused({ status }: RegistryError): boolean {
  return status === 401 || status === 403;
}

function pauseMs({ status, phase, headers }: RegistryError): number {
  const isTold = phase === 'upstream-status' || phase === 'token';
  if (!isTold || (status < 500 && status !== 429)) return 0;
  const seconds = Number(headers['retry-after']);
  return seconds > 0 ? Math.min(seconds * 1000, LONGEST_PAUSE_MS) : PAUSE_MS;
}

function keyOf({ upstreamId, repository, tag }: TagPlace): string {
  return `${upstreamId} ${repository} ${tag}`;
}
