import { createBoundedMap } from '@registry-cache/runtime';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import { acceptClass } from '../../wire/http/accept-class.ts';
import { formatRetryAfter, parseRetryAfter } from '../../wire/http/retry-after.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';

const CAPACITY = 1000;
const KEEP_MS = 5_000;
const KEEP_LIMITED_MS = 30_000;

/** What counts for everybody who asks, not only for who asks for the reason of an error. */
const FOR_ALL = new Set([404, 429]);

interface RememberedError {
  readonly error: RegistryError;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * Errors of the last seconds. What an upstream did not have it is not asked for again for a
 * while. And the hot lane asks for the reason of an error right after the engine got it: that
 * must not cost the upstream another request, whatever the error is.
 */
export class RecentErrors {
  readonly #errors = createBoundedMap<string, RememberedError>(CAPACITY);
  readonly #now: () => number;
  readonly #notFoundMs: () => number;

  constructor(now: () => number, notFoundMs: () => number) {
    this.#now = now;
    this.#notFoundMs = notFoundMs;
  }

  /**
   * @param forReason whether the hot lane asks for the reason of an engine's error.
   * @throws RegistryError the one that is remembered, if there is one.
   */
  rethrow(upstreamId: string, request: RegistryRequest, forReason: boolean): void {
    const key = forReason ? reasonKey(upstreamId, request) : keyForAll(upstreamId, request);
    const known = this.#errors.get(key);
    const nowMs = this.#now();
    if (known !== undefined && known.untilMs > nowMs) throw aged(known, nowMs);
  }

  remember(upstreamId: string, request: RegistryRequest, error: RegistryError): void {
    this.#keep(reasonKey(upstreamId, request), error, keepMs(error, this.#now()));
    if (FOR_ALL.has(error.status)) {
      this.#keep(keyForAll(upstreamId, request), error, this.#notFoundMs());
    }
  }

  forget(upstreamId: string, request: RegistryRequest): void {
    this.#errors.delete(reasonKey(upstreamId, request));
    this.#errors.delete(keyForAll(upstreamId, request));
  }

  #keep(key: string, error: RegistryError, ms: number): void {
    const sinceMs = this.#now();
    // What was told again is not news: its time goes on from when it happened.
    const known = this.#errors.get(key);
    if (known !== undefined && isSame(known.error, error) && known.untilMs > sinceMs) return;
    this.#errors.set(key, { error, sinceMs, untilMs: sinceMs + ms });
  }
}

/** The method is no part of it: what a HEAD met counts for the GET after it. */
function reasonKey(upstreamId: string, { target }: RegistryRequest): string {
  return `${upstreamId} ${target}`;
}

function keyForAll(upstreamId: string, { target, accept, path }: RegistryRequest): string {
  return `${upstreamId} ${target} ${path.kind === 'manifest' ? acceptClass(accept) : 'any'}`;
}

/** The error with what is left of the time that it asks for. */
function aged({ error, sinceMs }: RememberedError, nowMs: number): RegistryError {
  const askedMs = parseRetryAfter(error.headers['retry-after'], sinceMs);
  if (askedMs === undefined) return error;
  const { status, code, message, phase } = error;
  const headers = {
    ...error.headers,
    'retry-after': formatRetryAfter(askedMs - (nowMs - sinceMs)),
  };
  return new RegistryError({ status, code, message, phase, headers, cause: error });
}

function isSame(known: RegistryError, error: RegistryError): boolean {
  return error === known || error.cause === known;
}

/** An upstream that says when to come back is left alone until then, within reason. */
function keepMs({ status, headers }: RegistryError, nowMs: number): number {
  const askedMs = parseRetryAfter(headers['retry-after'], nowMs);
  if (status !== 429 || askedMs === undefined) return KEEP_MS;
  return Math.min(Math.max(askedMs, KEEP_MS), KEEP_LIMITED_MS);
}
