import { setTimeout as delay } from 'node:timers/promises';
import { resumingBody } from '../../wire/body/resume.ts';
import { versionOf } from '../../wire/body/version.ts';
import type { Span, Spans } from '../../wire/spans.ts';
import type { BlobEndpoint } from './blob-endpoint.ts';
import type { FetchDeps } from './fetch-deps.ts';
import type { Opening } from './open-blob.ts';
import type { Reassembly } from './reassembly.ts';
import { downloadInSegments, type Segment } from './segmented-download.ts';
import type { StepwiseReservation } from './stepwise-reservation.ts';

type ReceiveDeps = Pick<
  FetchDeps,
  'connectionsPerBlob' | 'timeouts' | 'blobs' | 'onReceived' | 'onResume' | 'spans'
>;

export interface Receiving {
  readonly endpoint: BlobEndpoint;
  readonly opening: Opening;
  readonly reassembly: Reassembly;
  readonly reservation: StepwiseReservation;
  readonly signal: AbortSignal;
  readonly isInOnePiece: boolean;
  /** What the file has from an earlier fetch. */
  readonly begun: readonly (readonly [number, number])[];
  readonly onOtherEtag: () => void;
  /** Ends the other connections after the first failure. */
  readonly abandon: () => void;
}

/**
 * Receives a whole blob into the reassembly.
 * @throws TransportError, SpoolError, or a failure of asking for more.
 */
export async function receiveBlob(deps: ReceiveDeps, receiving: Receiving): Promise<void> {
  const { endpoint, opening, reassembly, reservation, begun, abandon } = receiving;
  const { reply, sizeBytes, isPart, first, roundTripMs } = opening;
  const write = async (position: number, bytes: Uint8Array) => {
    deps.onReceived(bytes.length);
    await reservation.take(bytes.length);
    return reassembly.write(position, bytes);
  };
  const opened = Promise.resolve(reply);
  if (isPart && sizeBytes !== undefined) {
    return await downloadInSegments({
      sizeBytes,
      first: { ...first, opened },
      begun,
      roundTripMs,
      maxConnections: deps.connectionsPerBlob,
      ask: (start, end) => endpoint.ask(`bytes=${start}-${end}`),
      read: (segment, onResume) =>
        readInSpan(deps.spans, segment, readSegment(deps, receiving, segment, onResume)),
      write,
      abandon,
      now: () => performance.now(),
    });
  }
  const end = sizeBytes === undefined ? undefined : sizeBytes - 1;
  let position = 0;
  for await (const bytes of readSegment(deps, receiving, { start: 0, end, opened })) {
    await write(position, bytes);
    position += bytes.length;
  }
}

/** Reads a part of the body, in a span from its first to its last byte. */
function readInSpan(
  spans: Spans | undefined,
  { start, end }: Pick<Segment, 'start' | 'end'>,
  bytes: AsyncGenerator<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const span = spans?.begin('range', { 'registry_cache.range': `bytes=${start}-${end}` });
  return span === undefined ? bytes : endAfter(span, bytes);
}

async function* endAfter(span: Span, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}

function readSegment(
  { onResume, timeouts, blobs }: ReceiveDeps,
  { endpoint, opening, signal, isInOnePiece, onOtherEtag }: Receiving,
  { start, end, opened }: Pick<Segment, 'start' | 'opened'> & { readonly end: number | undefined },
  onSegmentResume: () => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  return resumingBody({
    start,
    end,
    opened,
    version: versionOf(opening.reply),
    reopen: (range) => endpoint.ask(range),
    sleep: (ms) => delay(ms, undefined, { signal }),
    onResume: () => {
      onSegmentResume();
      onResume();
    },
    timeouts,
    lowestRate: blobs,
    allowsOtherEtags: !isInOnePiece,
    onOtherEtag,
  });
}
