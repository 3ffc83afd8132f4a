import type { Reply } from '../../wire/transport/transport.ts';
import { ConnectionTuner } from './connection-tuner.ts';

/** The size of one request. */
export const SEGMENT_BYTES = 4 * 1024 * 1024;
/** The size of one request while the newest connection is on trial and may not help. */
const TRIAL_SEGMENT_BYTES = 1024 * 1024;
/** The smallest request, towards the end of the body. */
const MIN_SEGMENT_BYTES = 256 * 1024;
/** The next part is requested a little earlier than the round trip requires. */
const EARLY = 1.25;
const EARLY_MS = 5;

/** A part of the body, from its first byte to its last, both included. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly opened: Promise<Reply>;
}

export interface SegmentedDownloadOptions {
  readonly sizeBytes: number;
  /** The first part, whose reply is here. */
  readonly first: Segment;
  /** What is here already: from each first byte to before the last one, sorted. */
  readonly begun?: readonly (readonly [number, number])[];
  /** How long the first reply took, in milliseconds. */
  readonly roundTripMs: number;
  readonly maxConnections: number;
  /** Asks for a part. */
  readonly ask: (start: number, end: number) => Promise<Reply>;
  /** The part's bytes. A part that breaks off is resumed, and `onResume` is called before. */
  readonly read: (segment: Segment, onResume: () => void) => AsyncIterable<Uint8Array>;
  /** Resolves when more bytes may be written. */
  readonly write: (position: number, bytes: Uint8Array) => Promise<void>;
  /** Ends the other connections after the first failure. */
  readonly abandon: () => void;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/**
 * Downloads a body in parts, on as many connections as help. Each connection gets one part after
 * the other, and asks for the next one a round trip before it is needed.
 * @throws the first failure of reading or writing, once every connection has ended.
 */
export function downloadInSegments(options: SegmentedDownloadOptions): Promise<void> {
  return new SegmentedDownload(options).all();
}

class SegmentedDownload {
  readonly #options: SegmentedDownloadOptions;
  readonly #tuner: ConnectionTuner;
  readonly #connections = new Set<Promise<void>>();
  /** The count of connections that have not decided to end. */
  #active = 0;
  /** The first byte that was not requested yet. */
  #next: number;
  #receivedBytes = 0;
  #roundTripMs: number;
  #error: { readonly cause: unknown } | undefined;

  constructor(options: SegmentedDownloadOptions) {
    this.#options = options;
    this.#tuner = new ConnectionTuner(options.maxConnections);
    this.#next = this.#skip(options.first.end + 1);
    this.#roundTripMs = options.roundTripMs;
  }

  async all(): Promise<void> {
    this.#open(this.#options.first);
    while (this.#connections.size > 0) await Promise.all(this.#connections);
    if (this.#error !== undefined) throw this.#error.cause;
  }

  /** Opens one more connection. */
  #open(segment: Segment): void {
    this.#active += 1;
    const connection: Promise<void> = this.#run(segment)
      .catch((cause: unknown) => {
        this.#error ??= { cause };
        this.#options.abandon();
      })
      .finally(() => this.#connections.delete(connection));
    this.#connections.add(connection);
  }

  async #run(first: Segment): Promise<void> {
    let segment: Segment | undefined = first;
    while (segment !== undefined) segment = await this.#receive(segment, segment === first);
  }

  /** Receives one part. If this connection goes on, its next part was requested by then. */
  async #receive(segment: Segment, isNewest: boolean): Promise<Segment | undefined> {
    const { now, read, write } = this.#options;
    let startedAt: number | undefined;
    let position = segment.start;
    let next: Segment | undefined;
    let postponed: Segment | undefined;
    // The resumed part needs a place within the limits, and the next part may hold the only one.
    const postpone = () => {
      if (next !== undefined) discardReply(next);
      postponed = next ?? postponed;
      next = undefined;
    };
    const request = () => (postponed === undefined ? this.#take() : this.#askAgain(postponed));
    for await (const bytes of read(segment, postpone)) {
      const time = now();
      if (startedAt === undefined && isNewest) this.#tuner.begin(time, this.#receivedBytes);
      startedAt ??= time;
      const written = write(position, bytes);
      this.#count(time, bytes.length);
      position += bytes.length;
      // The first bytes tell no rate: a part that is requested now would wait in the socket.
      const msPerByte =
        time > startedAt ? (time - startedAt) / (position - segment.start) : Infinity;
      const leftMs = (segment.end + 1 - position) * msPerByte;
      if (leftMs <= this.#roundTripMs * EARLY + EARLY_MS) next ??= request();
      await written;
    }
    next ??= request();
    if (next === undefined) this.#active -= 1;
    return next;
  }

  #count(time: number, bytes: number): void {
    this.#receivedBytes += bytes;
    this.#tuner.sample(time, this.#receivedBytes);
    if (this.#active >= this.#tuner.connections) return;
    const segment = this.#plan();
    if (segment !== undefined) this.#open(segment);
  }

  /** The next part of a connection; undefined where the connection should end. */
  #take(): Segment | undefined {
    return this.#active > this.#tuner.connections ? undefined : this.#plan();
  }

  #plan(): Segment | undefined {
    const { sizeBytes } = this.#options;
    const left = sizeBytes - this.#next;
    if (left <= 0 || this.#error !== undefined) return undefined;
    const { connections, isTrying } = this.#tuner;
    const most = isTrying ? TRIAL_SEGMENT_BYTES : SEGMENT_BYTES;
    const share = Math.max(Math.ceil(left / connections), MIN_SEGMENT_BYTES);
    const start = this.#next;
    const gapEnd = this.#options.begun?.find(([first]) => first > start)?.[0] ?? sizeBytes;
    const end = Math.min(start + Math.min(share, most), gapEnd) - 1;
    this.#next = this.#skip(end + 1);
    return { start, end, opened: this.#ask(start, end) };
  }

  /** The first byte from `position` on that is not here. */
  #skip(position: number): number {
    const here = this.#options.begun?.find(([start, end]) => start <= position && position < end);
    return here?.[1] ?? position;
  }

  #askAgain({ start, end }: Segment): Segment {
    return { start, end, opened: this.#ask(start, end) };
  }

  #ask(start: number, end: number): Promise<Reply> {
    const { ask, now } = this.#options;
    const askedAt = now();
    const opened = ask(start, end);
    opened.then(
      () => {
        this.#roundTripMs = now() - askedAt;
      },
      // The failure is handled when this part is read.
      () => undefined,
    );
    return opened;
  }
}

/** Gives the part's connection back without reading the reply. */
function discardReply({ opened }: Segment): void {
  opened.then(
    ({ body }) => body.destroy(),
    () => undefined,
  );
}
