import { createBoundedMap } from '@registry-cache/runtime';
import type { UpstreamClient } from '../upstream/client/upstream-client.ts';
import { toRegistryError } from '../upstream/errors/to-registry-error.ts';
import { RegistryError } from '../wire/errors/registry-error.ts';
import { acceptClass } from '../wire/http/accept-class.ts';
import { formatRetryAfter, parseRetryAfter } from '../wire/http/retry-after.ts';
import type { RegistryRequest } from './contract/registry-request.ts';

const CAPACITY = 1000;
const KEEP_MS = 5_000;
const KEEP_LIMITED_MS = 30_000;

/** The statuses that are remembered for all requests. Others are only told to the hot lane. */
const FOR_ALL = new Set([404, 429]);

/** Failures that each request finds out again at no cost. */
const NOT_REMEMBERED = new Set<RegistryError['phase']>(['circuit-open', 'offline', 'waiting']);

/** The request that an error is remembered for. */
export interface ErrorScope {
  readonly upstreamId: string;
  /** The upstream's name in messages. */
  readonly key: string;
  readonly request: RegistryRequest;
  /** Whether the hot lane asks for the reason of an engine's error. */
  readonly isForReason: boolean;
  /** Whether a client has brought it here since. Then no error of the upstream counts. */
  readonly isHere: () => Promise<boolean>;
}

interface RememberedError {
  readonly error: RegistryError;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * Remembers the errors of the last seconds, for two reasons. An upstream is not asked again for a
 * while for something that it does not have. And after an engine's error the hot lane asks egress
 * for the reason, which must not cost the upstream another request.
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
   * Runs `respond`, unless an error is remembered for the request. Remembers a new error, and
   * forgets the old one after a good response.
   * @throws RegistryError the remembered one, or the error of `respond`.
   */
  async around(scope: ErrorScope, respond: () => Promise<void>): Promise<void> {
    const { upstreamId, key, request, isForReason, isHere } = scope;
    try {
      const errorKey = isForReason
        ? reasonKey(upstreamId, request)
        : keyForAll(upstreamId, request);
      if (this.#find(errorKey) !== undefined && (await isHere())) this.#forget(upstreamId, request);
      this.#rethrow(errorKey);
      await respond();
      this.#forget(upstreamId, request);
    } catch (error) {
      const failure = toRegistryError(error, key);
      if (!request.signal.aborted) this.#remember(upstreamId, request, failure);
      throw failure;
    }
  }

  /**
   * A client that looks for a remembered error once more, right before it sends the request. While
   * this request waited for the disk, another one may have met an error.
   */
  withMemory(client: UpstreamClient, upstreamId: string, request: RegistryRequest): UpstreamClient {
    return {
      ...client,
      fetch: async (ask) => {
        if (ask.path === request.target) this.#rethrow(keyForAll(upstreamId, request));
        return client.fetch(ask);
      },
    };
  }

  /** The error that each request of this kind gets, without a question to the upstream. */
  find(
    upstreamId: string,
    request: Pick<RegistryRequest, 'target' | 'accept' | 'path'>,
  ): { readonly error: RegistryError; readonly untilMs: number } | undefined {
    return this.#find(keyForAll(upstreamId, request));
  }

  #rethrow(key: string): void {
    const known = this.#find(key);
    if (known !== undefined) throw aged(known, this.#now());
  }

  #find(key: string): RememberedError | undefined {
    const known = this.#errors.get(key);
    return known !== undefined && known.untilMs > this.#now() ? known : undefined;
  }

  #remember(upstreamId: string, request: RegistryRequest, error: RegistryError): void {
    if (NOT_REMEMBERED.has(error.phase)) return;
    this.#keep(reasonKey(upstreamId, request), error, keepMs(error, this.#now()));
    if (FOR_ALL.has(error.status)) {
      this.#keep(keyForAll(upstreamId, request), error, this.#notFoundMs());
    }
  }

  #forget(upstreamId: string, request: RegistryRequest): void {
    this.#errors.delete(reasonKey(upstreamId, request));
    this.#errors.delete(keyForAll(upstreamId, request));
  }

  #keep(key: string, error: RegistryError, ms: number): void {
    const sinceMs = this.#now();
    // A remembered error that was thrown again is not new, so its time goes on.
    const known = this.#errors.get(key);
    if (known !== undefined && isSame(known.error, error) && known.untilMs > sinceMs) return;
    this.#errors.set(key, { error, sinceMs, untilMs: sinceMs + ms });
  }
}

/** The key leaves out the method: an error of a HEAD counts for the GET after it. */
function reasonKey(upstreamId: string, { target }: RegistryRequest): string {
  return `${upstreamId} ${target}`;
}

function keyForAll(
  upstreamId: string,
  { target, accept, path }: Pick<RegistryRequest, 'target' | 'accept' | 'path'>,
): string {
  return `${upstreamId} ${target} ${path.kind === 'manifest' ? acceptClass(accept) : 'any'}`;
}

/** The error, with the rest of its Retry-After. */
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

/** How long an error is remembered: up to the upstream's Retry-After, within limits. */
function keepMs({ status, headers }: RegistryError, nowMs: number): number {
  const askedMs = parseRetryAfter(headers['retry-after'], nowMs);
  if (status !== 429 || askedMs === undefined) return KEEP_MS;
  return Math.min(Math.max(askedMs, KEEP_MS), KEEP_LIMITED_MS);
}
