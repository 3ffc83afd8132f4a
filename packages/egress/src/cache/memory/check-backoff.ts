import { createBoundedMap } from '@registry-cache/runtime';
import type { TagPlace } from '../../store/tags.ts';
import { RegistryError } from '../../wire/errors/registry-error.ts';

const CAPACITY = 10_000;
const PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

/** How the last check of a tag has failed, where it has; what it means for the next one to ask. */
export class CheckBackoff {
  readonly #failures = createBoundedMap<string, { failure: RegistryError; atMs: number }>(CAPACITY);

  /** Any other error than a RegistryError is no word of the upstream, and only ends the last one. */
  note(place: TagPlace, failure: unknown, atMs: number): void {
    if (failure instanceof RegistryError) this.#failures.set(keyOf(place), { failure, atMs });
    else this.forget(place);
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
export function isGone(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  return (error.status === 404 && error.phase !== 'page') || error.status === 410;
}

export function isRefused(error: unknown): boolean {
  return error instanceof RegistryError && (error.status === 401 || error.status === 403);
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
