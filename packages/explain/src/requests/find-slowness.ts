import { formatDuration } from '@registry-cache/domain';

/** Where the time of a request may have gone. */
export interface TimedRequest {
  readonly upstream: string;
  readonly outcome: string;
  readonly atMs: number;
  /** Until the last byte of the answer. */
  readonly ms: number;
  /** Until its head. */
  readonly firstByteMs: number;
  readonly fetch:
    | {
        readonly source: string;
        readonly sinceMs: number;
        readonly endedMs: number;
        readonly firstByteMs: number | null;
      }
    | undefined;
}

/** A shorter request needs no explanation. */
const SLOW_MS = 1_000;

/** The cause of a slow request, in one sentence; undefined for a quick one. */
export function findSlowness(request: TimedRequest): string | undefined {
  const { ms, firstByteMs, fetch, atMs } = request;
  if (ms < SLOW_MS) return undefined;
  const bodyMs = ms - firstByteMs;
  if (firstByteMs >= bodyMs) return findLateHead(request);
  const fetchedMs = fetch === undefined ? 0 : fetch.endedMs - Math.max(fetch.sinceMs, atMs);
  if (fetch !== undefined && fetchedMs >= ms / 2) {
    return `${fetch.source} took ${format(fetchedMs)} to send it`;
  }
  return `the client took ${format(bodyMs)} to read it`;
}

function findLateHead({ upstream, outcome, firstByteMs, fetch }: TimedRequest): string {
  const foundMs = fetch?.firstByteMs ?? 0;
  if (fetch !== undefined && foundMs >= firstByteMs / 2) {
    return `${fetch.source} took ${format(foundMs)} to its first byte`;
  }
  return outcome === 'hit'
    ? `the cache itself took ${format(firstByteMs)} to its first byte`
    : `${upstream} took ${format(firstByteMs)} to its first byte, with logins, redirects and turns within limits`;
}

function format(ms: number): string {
  return formatDuration(ms < SLOW_MS ? Math.round(ms) : Math.round(ms / 100) * 100);
}
