import type { Metric } from '@registry-cache/runtime';

/** The counters of one collector's queue. */
export interface QueueState {
  /** Lines that wait for the collector, in memory and on disk. */
  readonly queued: number;
  /** Lines that the full queue, or a full disk, has dropped since the logger started. */
  readonly dropped: number;
}

interface Part {
  queued: number;
  /** Dropped lines by this counter, and those of earlier processes of rsyslog. */
  dropped: number;
  earlier: number;
  /** All lines that came so far, with those that could not be written. */
  enqueued: number;
  /** Lines that could not be written. */
  unwritten: number;
}

/** One counter of a queue: `collector-1 queue`, or `collector-1 queue[DA]` for its part on disk. */
interface PartReport {
  readonly queue: string;
  readonly part: string;
  readonly queued: number;
  readonly dropped: number;
  readonly enqueued: number;
}

/** The part of a queue that is on disk. */
const ON_DISK = '[DA]';
const NO_PART: Part = { queued: 0, dropped: 0, earlier: 0, enqueued: 0, unwritten: 0 };

/** Gathers the lines of rsyslog's module impstats into the state of each queue. */
export class QueueReport {
  readonly #parts = new Map<string, Map<string, Part>>();
  /** Queues that could not write a line to the disk since their last report. */
  readonly #unwritten = new Set<string>();

  /**
   * Takes one line. Lines about anything else are ignored.
   *
   * @returns the name of the queue that the line has counters of.
   */
  add(line: string): string | undefined {
    const record = parseObject(line);
    if (typeof record?.unwritten === 'string') this.#unwritten.add(record.unwritten);
    const report = readPart(record);
    if (report === undefined) return undefined;
    const parts = this.#parts.get(report.queue) ?? new Map<string, Part>();
    this.#parts.set(report.queue, parts);
    const known = parts.get(report.part) ?? NO_PART;
    // A new process of rsyslog counts from 0 again.
    const isNew = report.dropped < known.dropped;
    parts.set(report.part, {
      queued: report.queued,
      dropped: report.dropped,
      earlier: known.earlier + (isNew ? known.dropped : 0),
      enqueued: report.enqueued,
      unwritten: known.unwritten + this.#countUnwritten(report, known),
    });
    return report.queue;
  }

  /**
   * Lines that came since the last report, and that the queue does not hold. While it cannot write,
   * they are lost, except those that were sent meanwhile, so the count may be too high.
   */
  #countUnwritten({ queue, part, enqueued, queued }: PartReport, known: Part): number {
    if (part !== ON_DISK || !this.#unwritten.delete(queue)) return 0;
    return Math.max(0, enqueued - known.enqueued - Math.max(0, queued - known.queued));
  }

  stateOf(queue: string): QueueState {
    const parts = [...(this.#parts.get(queue)?.values() ?? [])];
    return {
      queued: parts.reduce((sum, { queued }) => sum + queued, 0),
      dropped: parts.reduce((sum, part) => sum + part.dropped + part.earlier + part.unwritten, 0),
    };
  }

  /** @param collectors - The collector of each queue, for the label. */
  buildMetrics(collectors: Readonly<Record<string, string>>): Metric[] {
    const states = Object.entries(collectors).map(
      ([queue, collector]) => [{ collector }, this.stateOf(queue)] as const,
    );
    return [
      ...states.map(([labels, { dropped }]): Metric => {
        const name = 'registry_cache_log_forward_dropped_total';
        return { name, value: dropped, labels };
      }),
      ...states.map(([labels, { queued }]): Metric => {
        const name = 'registry_cache_log_forward_queued_lines';
        return { name, value: queued, labels };
      }),
    ];
  }
}

function readPart(record: Readonly<Record<string, unknown>> | undefined): PartReport | undefined {
  const [, queue, part] = /^(\S+) queue(|\[DA\])$/.exec(String(record?.name)) ?? [];
  if (record === undefined || queue === undefined || part === undefined) return undefined;
  const queued = Number(record.size);
  const dropped = Number(record['discarded.full']) + Number(record['discarded.nf']);
  const enqueued = Number(record.enqueued);
  if (![queued, dropped, enqueued].every(Number.isSafeInteger)) return undefined;
  return { queue, part, queued, dropped, enqueued };
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
