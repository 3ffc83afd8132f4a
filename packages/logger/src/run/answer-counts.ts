import type { AccessKind, AnswerOutcome, ServedNames } from '@registry-cache/domain';
import { Histogram, type HistogramMetric, type Metric } from '@registry-cache/runtime';
import type { Answer } from '../parse/parse-line.ts';

/** The label of answers that belong to no served registry, such as pings. */
const NO_UPSTREAM = '';

/** These kinds and outcomes are shown as 0 before the first one, so that rates begin with it. */
const SHOWN_KINDS = ['manifest', 'blob'] as const;
const TIMED_OUTCOMES = ['hit', 'miss', 'stale'] as const;

interface Cell {
  readonly labels: {
    readonly upstream: string;
    readonly kind: AccessKind;
    readonly outcome: AnswerOutcome;
  };
  count: number;
  bytes: number;
}

interface Times {
  readonly labels: { readonly kind: string; readonly outcome: string };
  readonly firstByte: Histogram;
  readonly whole: Histogram;
}

/**
 * Counts answers for the metrics. The number of series depends on what is served, never on what
 * clients send: an upstream that is not served counts as none.
 */
export class AnswerCounts {
  readonly #served: () => ServedNames;
  readonly #cells = new Map<string, Cell>();
  readonly #allowed = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  readonly #times: readonly Times[] = SHOWN_KINDS.flatMap((kind) =>
    TIMED_OUTCOMES.map((outcome) => ({
      labels: { kind, outcome },
      firstByte: new Histogram(),
      whole: new Histogram(),
    })),
  );

  /** @param served - Everything that is served now. */
  constructor(served: () => ServedNames) {
    this.#served = served;
  }

  add(answer: Answer): void {
    const { kind, outcome, verdict, bytes } = answer;
    const upstream = this.#nameOf(answer.upstream);
    const cell = this.#cellOf(upstream, kind, outcome);
    cell.count += 1;
    cell.bytes += bytes;
    if (verdict !== undefined)
      raise(verdict === 'allowed' ? this.#allowed : this.#refused, upstream);
    if (answer.method === 'GET') this.#addTimes(answer);
  }

  buildMetrics(): (Metric | HistogramMetric)[] {
    const keys = Object.values(this.#served()).map(({ key }) => key);
    for (const key of keys) this.#showAsZero(key);
    const cells = [...this.#cells.values()];
    return [
      ...cells.map(({ labels, count: value }): Metric => {
        return { name: 'registry_cache_answers_total', value, labels };
      }),
      ...cells.map(({ labels, bytes: value }): Metric => {
        return { name: 'registry_cache_served_bytes_total', value, labels };
      }),
      ...this.#buildVerdicts('allowed', this.#allowed),
      ...this.#buildVerdicts('refused', this.#refused),
      ...this.#times.map(({ labels, firstByte: times }): HistogramMetric => {
        return { name: 'registry_cache_answer_first_byte_seconds', times, labels };
      }),
      ...this.#times.map(({ labels, whole: times }): HistogramMetric => {
        return { name: 'registry_cache_answer_duration_seconds', times, labels };
      }),
    ];
  }

  /** The name as people write it. */
  #nameOf(id: string): string {
    const served = this.#served();
    return (Object.hasOwn(served, id) ? served[id]?.key : undefined) ?? NO_UPSTREAM;
  }

  #cellOf(upstream: string, kind: AccessKind, outcome: AnswerOutcome): Cell {
    const key = `${kind} ${outcome} ${upstream}`;
    const known = this.#cells.get(key);
    if (known !== undefined) return known;
    const cell = { labels: { upstream, kind, outcome }, count: 0, bytes: 0 };
    this.#cells.set(key, cell);
    return cell;
  }

  #addTimes({ kind, outcome, firstByteMs, ms }: Answer): void {
    const times = this.#times.find(
      ({ labels }) => labels.kind === kind && labels.outcome === outcome,
    );
    if (firstByteMs !== undefined) times?.firstByte.add(firstByteMs);
    if (ms !== undefined) times?.whole.add(ms);
  }

  #showAsZero(upstream: string): void {
    for (const kind of SHOWN_KINDS) {
      for (const outcome of TIMED_OUTCOMES) this.#cellOf(upstream, kind, outcome);
    }
    for (const verdicts of [this.#allowed, this.#refused]) {
      verdicts.set(upstream, verdicts.get(upstream) ?? 0);
    }
  }

  #buildVerdicts(verdict: string, counts: ReadonlyMap<string, number>): Metric[] {
    return [...counts].map(([upstream, value]) => ({
      name: 'registry_cache_rule_verdicts_total',
      value,
      labels: { upstream, verdict },
    }));
  }
}

function raise(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
