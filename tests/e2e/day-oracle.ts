import type { Appliance, HttpResponse } from '@registry-cache/testbed';

/** What a client sees of an answer, in the words of docs/metrics.md. */
type Outcome =
  | 'hit'
  | 'miss'
  | 'stale'
  | 'answered'
  | 'absent'
  | 'challenged'
  | 'refused'
  | 'invalid'
  | 'failed';

interface Counted {
  readonly upstream: string;
  readonly kind: string;
  readonly outcome: Outcome;
  readonly bodyBytes: number;
}

/** The headers of one answer, as the edge sends them, are some hundred bytes. */
const MOST_HEADER_BYTES = 2_000;

/** Counts the answers that a client got, from these answers alone. */
export interface DayOracle {
  /** Asks, and counts the answer. */
  get(path: string, headers?: Record<string, string>): Promise<HttpResponse>;
  /** The answers of an upstream by kind and outcome, as `manifest hit`. */
  countsOf(upstream: string): Record<string, number>;
  /** Requests that got content of images, and those of them that no upstream was asked for. */
  readonly requests: number;
  readonly savedRequests: number;
  /** Whether so many bytes may be those of the answers with content, or of the saved ones. */
  mayBe(bytes: number, part: 'served' | 'saved'): boolean;
}

export function openDayOracle(appliance: Appliance): DayOracle {
  const all: Counted[] = [];
  const content = () => all.filter(({ outcome }) => ['hit', 'miss', 'stale'].includes(outcome));
  const saved = () => content().filter(({ outcome }) => outcome !== 'miss');
  return {
    async get(path, headers = {}) {
      await using client = appliance.client();
      const answer = await client.get(path, { headers });
      const [, , upstream = '', ...rest] = path.split('/');
      all.push({
        upstream,
        kind: kindOf(rest),
        outcome: outcomeOf(answer),
        bodyBytes: answer.body.length,
      });
      return answer;
    },
    countsOf(upstream) {
      const counts: Record<string, number> = {};
      for (const one of all.filter((counted) => counted.upstream === upstream)) {
        const key = `${one.kind} ${one.outcome}`;
        counts[key] = (counts[key] ?? 0) + 1;
      }
      return counts;
    },
    get requests() {
      return content().length;
    },
    get savedRequests() {
      return saved().length;
    },
    mayBe(bytes, part) {
      const counted = part === 'served' ? content() : saved();
      const bodies = counted.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
      return bytes > bodies && bytes < bodies + counted.length * MOST_HEADER_BYTES;
    },
  };
}

function kindOf(rest: readonly string[]): string {
  const kind = rest.at(-2) ?? '';
  return { manifests: 'manifest', blobs: 'blob', tags: 'tags', referrers: 'referrers' }[kind] ?? '';
}

function outcomeOf({ status, headers }: HttpResponse): Outcome {
  if (status >= 500) return 'failed';
  if (status === 401) return 'challenged';
  if (status === 403 || status === 429) return 'refused';
  if (status === 404) return 'absent';
  if (status >= 400) return 'invalid';
  const cache = headers['x-cache'] ?? '';
  return ({ HIT: 'hit', MISS: 'miss', STALE: 'stale' } as const)[cache] ?? 'answered';
}
