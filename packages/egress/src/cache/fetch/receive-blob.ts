import { setTimeout as delay } from 'node:timers/promises';
import { resumingBody } from '../../wire/body/resume.ts';
import { versionOf } from '../../wire/body/version.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import type { BlobEndpoint } from './blob-endpoint.ts';
import type { Opening } from './open-blob.ts';
import type { Reassembly } from './reassembly.ts';
import { downloadInSegments, SEGMENT_BYTES, type Segment } from './segmented-download.ts';
import type { StepwiseReservation } from './stepwise-reservation.ts';

export interface Receiving {
  readonly context: UpstreamContext;
  readonly endpoint: BlobEndpoint;
  readonly opening: Opening;
  readonly reassembly: Reassembly;
  readonly signal: AbortSignal;
  readonly reservation: StepwiseReservation;
  readonly isInOnePiece: boolean;
  readonly onOtherTag: () => void;
  /** Ends what is under way, after the first failure. */
  readonly abandon: () => void;
}

/**
 * Brings all of a blob into the intake.
 * @throws TransportError, SpoolError, or what asking for more threw.
 */
export async function receiveBlob(receiving: Receiving): Promise<void> {
  const { context, endpoint, opening, reassembly, reservation, abandon } = receiving;
  const { reply, sizeBytes, isPart, roundTripMs } = opening;
  const write = async (position: number, bytes: Uint8Array) => {
    context.onReceived(bytes.length);
    await reservation.take(bytes.length);
    return reassembly.write(position, bytes);
  };
  if (isPart && sizeBytes !== undefined) {
    return await downloadInSegments({
      sizeBytes,
      first: { start: 0, end: SEGMENT_BYTES - 1, opened: Promise.resolve(reply) },
      roundTripMs,
      maxConnections: context.connectionsPerBlob,
      ask: (start, end) => endpoint.ask(`bytes=${start}-${end}`),
      read: (segment) => readSegment(receiving, segment),
      write,
      abandon,
      now: () => performance.now(),
    });
  }
  const end = sizeBytes === undefined ? undefined : sizeBytes - 1;
  let position = 0;
  for await (const bytes of readSegment(receiving, {
    start: 0,
    end,
    opened: Promise.resolve(reply),
  })) {
    await write(position, bytes);
    position += bytes.length;
  }
}

function readSegment(
  { context, endpoint, opening, signal, isInOnePiece, onOtherTag }: Receiving,
  { start, end, opened }: Pick<Segment, 'start' | 'opened'> & { readonly end: number | undefined },
): AsyncGenerator<Uint8Array> {
  return resumingBody({
    start,
    end,
    opened,
    version: versionOf(opening.reply),
    reopen: (range) => endpoint.ask(range),
    sleep: (ms) => delay(ms, undefined, { signal }),
    onResume: context.onResume,
    timeouts: context.timeouts,
    lowestRate: context.blobs,
    takesOtherTags: !isInOnePiece,
    onOtherTag,
  });
}
