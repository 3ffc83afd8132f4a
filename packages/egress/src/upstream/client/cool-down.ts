import { RegistryError } from '../../wire/errors/registry-error.ts';
import {
  formatRetryAfter,
  LONGEST_PAUSE_MS,
  parseRetryAfter,
} from '../../wire/http/retry-after.ts';
import { replyHeader } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { UpstreamRequest } from './upstream-request.ts';

/**
 * Holds back requests after a 429 with Retry-After: until that time, the upstream gets no request
 * of the same kind and method. Registries count kinds separately. Docker Hub counts only manifests,
 * and of those only GET.
 */
export class CoolDown {
  readonly #until = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @throws RegistryError 429 with the rest of the time as Retry-After. */
  check(key: string, request: UpstreamRequest): void {
    const leftMs = (this.#until.get(kindOf(request)) ?? 0) - this.#now();
    if (leftMs <= 0) return;
    const wait = formatRetryAfter(leftMs);
    throw new RegistryError({
      phase: 'cool-down',
      code: 'TOOMANYREQUESTS',
      message: `${key} answered 429 Too Many Requests and is left alone for another ${wait} s, as it asked`,
      headers: { 'retry-after': wait },
    });
  }

  learn(request: UpstreamRequest, reply: Reply): void {
    if (reply.status !== 429) return;
    const askedMs = parseRetryAfter(replyHeader(reply, 'retry-after'), this.#now());
    if (askedMs === undefined) return;
    this.#until.set(kindOf(request), this.#now() + Math.min(askedMs, LONGEST_PAUSE_MS));
  }
}

function kindOf({ method, path }: UpstreamRequest): string {
  const [, kind = 'tags'] =
    /\/(manifests|blobs|referrers)\/[^/]+$/.exec(path.split('?')[0] ?? '') ?? [];
  return `${method} ${kind}`;
}
