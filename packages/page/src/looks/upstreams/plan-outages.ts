import type { VerbOutput } from '@registry-cache/admin/contract';

type Outage = VerbOutput<'upstreams'>['outages'][number];

/** A time in which an upstream was down, in parts of the shown time. */
export interface OutageSpan {
  readonly from: number;
  readonly to: number;
}

/** The outages of one upstream in the last day. */
export interface OutageDay {
  readonly spans: readonly OutageSpan[];
  /** How long it was down. */
  readonly downMs: number;
}

const DAY_MS = 86_400_000;

/** Places the outages of an upstream on the day that ends now. One without an end lasts until now. */
export function planOutages(
  outages: readonly Outage[],
  upstream: string,
  nowMs: number,
): OutageDay {
  const beginMs = nowMs - DAY_MS;
  const spans = outages
    .filter((outage) => outage.upstream === upstream)
    .map(({ since, ended }) => ({
      from: Math.max(Date.parse(since) - beginMs, 0) / DAY_MS,
      to: Math.min((ended === undefined ? nowMs : Date.parse(ended)) - beginMs, DAY_MS) / DAY_MS,
    }))
    .filter(({ from, to }) => to > from);
  return { spans, downMs: DAY_MS * spans.reduce((sum, { from, to }) => sum + to - from, 0) };
}
