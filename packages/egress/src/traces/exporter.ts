import { setTimeout as delay } from 'node:timers/promises';
import type { EndedSpan } from './tracer.ts';

/** What became of spans: `dropped` ones found the queue full, `failed` ones were not taken. */
export type SpanOutcome = 'sent' | 'dropped' | 'failed';

export interface ExporterDeps {
  /** Sends a batch. @throws if it was not taken. */
  readonly send: (spans: readonly EndedSpan[]) => Promise<void>;
  readonly onOutcome: (outcome: SpanOutcome, count: number) => void;
  /** Told of the first failure after a success, and of the first success after a failure. */
  readonly onBroken: (error: unknown) => void;
  readonly onMended: () => void;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export interface Exporter {
  /** Takes a span. Never throws and never waits. */
  add(span: EndedSpan): void;
  /** Sends what is left, for `withinMs` at most. */
  stop(withinMs: number): Promise<void>;
}

/** Some 2 MB. */
const MOST_WAITING = 2_048;
const MOST_IN_BATCH = 512;
const GATHER_MS = 1_000;
/** After a failure the next batch waits for so long, and twice as long after each further one. */
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Sends spans in batches, one at a time. While the collector takes none, what does not fit into the
 * queue is dropped. A batch that was not taken is not sent again.
 */
export function createExporter(deps: ExporterDeps): Exporter {
  const {
    send,
    onOutcome,
    sleep = (ms, signal) => delay(ms, undefined, { signal, ref: false }),
  } = deps;
  const stopped = new AbortController();
  let waiting: EndedSpan[] = [];
  let failures = 0;
  let running: Promise<void> | undefined;

  const sendBatch = async () => {
    const batch = waiting.slice(0, MOST_IN_BATCH);
    waiting = waiting.slice(batch.length);
    try {
      await send(batch);
      onOutcome('sent', batch.length);
      if (failures > 0) deps.onMended();
      failures = 0;
    } catch (error) {
      onOutcome('failed', batch.length);
      if (failures === 0) deps.onBroken(error);
      failures += 1;
    }
  };
  const work = async () => {
    while (waiting.length > 0) {
      const pauseMs = failures === 0 ? GATHER_MS : FIRST_PAUSE_MS * 2 ** (failures - 1);
      await sleep(Math.min(pauseMs, LONGEST_PAUSE_MS), stopped.signal).catch(() => undefined);
      await sendBatch();
      if (stopped.signal.aborted && failures > 0) break;
    }
    running = undefined;
  };

  return {
    add(span) {
      if (waiting.length >= MOST_WAITING) return onOutcome('dropped', 1);
      waiting.push(span);
      running ??= work();
    },
    async stop(withinMs) {
      stopped.abort();
      const late = delay(withinMs, undefined, { ref: false });
      await Promise.race([running, late]);
    },
  };
}
