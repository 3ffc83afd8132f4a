import { formatSize } from '@registry-cache/domain';
import { TransportError } from '../transport/failure.ts';
import type { Reply } from '../transport/transport.ts';

export interface LowestRate {
  /** 0 is no limit. */
  readonly lowestBytesPerSecond: number;
  /** The time over which the rate is measured. */
  readonly lowestRateMs: number;
}

/**
 * Passes a reply's body on, and throws if the upstream sends it too slowly. Only the time of waiting
 * for the upstream counts. A slow reader, a slow disk or our own limits are not its fault. The idle
 * timeout catches an upstream that sends nothing.
 * @param now milliseconds of a clock that only goes forward.
 * @throws TransportError of the phase `body`, timed out.
 */
export async function* atLowestRate(
  reply: Pick<Reply, 'url' | 'heldBackMs'> & { readonly body: AsyncIterable<Uint8Array> },
  rate: LowestRate,
  now: () => number = () => performance.now(),
): AsyncGenerator<Uint8Array> {
  const chunks = reply.body[Symbol.asyncIterator]();
  let bytes = 0;
  let waitedMs = 0;
  try {
    for (;;) {
      const askedMs = now();
      const heldMs = reply.heldBackMs?.() ?? 0;
      const next = await chunks.next();
      if (next.done === true) return;
      const ownMs = (reply.heldBackMs?.() ?? 0) - heldMs;
      waitedMs += Math.max(0, now() - askedMs - ownMs);
      bytes += next.value.length;
      if (waitedMs >= rate.lowestRateMs) {
        if (bytes * 1000 < rate.lowestBytesPerSecond * waitedMs) throw tooSlow(reply, rate);
        [bytes, waitedMs] = [0, 0];
      }
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

function tooSlow(
  { url }: Pick<Reply, 'url'>,
  { lowestBytesPerSecond }: LowestRate,
): TransportError {
  const least = `${formatSize(lowestBytesPerSecond)} a second`;
  return new TransportError('body', `${url.host} sent less than ${least}`, { timedOut: true });
}
