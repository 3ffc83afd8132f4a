import { createBoundedMap } from '@registry-cache/runtime';
import type { TagReference } from '../../store/tags.ts';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import { isRefusedHere } from '../entrance/is-refused-here.ts';

const CAPACITY = 10_000;
const PAUSE_MS = 5_000;
/** The longest Retry-After that is followed. */
const LONGEST_PAUSE_MS = 300_000;

/** Remembers how the last check of a tag failed, and decides when the tag is checked again. */
export class CheckBackoff {
  readonly #failures = createBoundedMap<string, { failure: RegistryError; atMs: number }>(CAPACITY);

  /**
   * Notes how a check failed. An error other than a RegistryError does not come from the upstream,
   * and only makes the last failure forgotten.
   */
  note(reference: TagReference, failure: unknown, atMs: number): void {
    if (failure instanceof RegistryError) this.#failures.set(keyOf(reference), { failure, atMs });
    else this.forget(reference);
  }

  forget(reference: TagReference): void {
    this.#failures.delete(keyOf(reference));
  }

  /**
   * Whether the upstream refused the last check. Maybe no client waited any more, so the next one has
   * to be told.
   */
  wasRefused(reference: TagReference): boolean {
    const found = this.#failures.get(keyOf(reference));
    return found !== undefined && isRefused(found.failure);
  }

  /** Whether the upstream replied to the last check that the tag does not exist. */
  wasGone(reference: TagReference): boolean {
    return isGone(this.#failures.get(keyOf(reference))?.failure);
  }

  /** Whether the tag must not be checked yet: the upstream is overloaded, or its image is refused. */
  isPaused(reference: TagReference, nowMs: number): boolean {
    const found = this.#failures.get(keyOf(reference));
    if (found === undefined) return false;
    const sinceMs = nowMs - found.atMs;
    return sinceMs >= 0 && sinceMs < pauseMs(found.failure);
  }

  /** Until when it must not be checked, in epoch milliseconds; undefined where no check failed. */
  pausedUntilMs(reference: TagReference): number | undefined {
    const found = this.#failures.get(keyOf(reference));
    return found === undefined ? undefined : found.atMs + pauseMs(found.failure);
  }
}

/** Whether the upstream replied that the tag does not exist. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  return (error.status === 404 && error.phase !== 'page') || error.status === 410;
}

/** Whether the upstream refused access. */
export function isRefused(error: unknown): boolean {
  if (!(error instanceof RegistryError) || isRefusedHere(error)) return false;
  return error.status === 401 || error.status === 403;
}

function pauseMs(failure: RegistryError): number {
  if (isRefusedHere(failure)) return PAUSE_MS;
  const { status, phase, headers } = failure;
  const isFromUpstream = phase === 'upstream-status' || phase === 'token';
  if (!isFromUpstream || (status < 500 && status !== 429)) return 0;
  const seconds = Number(headers['retry-after']);
  return seconds > 0 ? Math.min(seconds * 1000, LONGEST_PAUSE_MS) : PAUSE_MS;
}

function keyOf({ upstreamId, repository, tag }: TagReference): string {
  return `${upstreamId} ${repository} ${tag}`;
}
