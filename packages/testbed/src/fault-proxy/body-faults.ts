import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRule, PlannedAction } from './rules.ts';

export type Body = AsyncIterable<Buffer>;

/** Thrown by a body that a rule cuts. */
class CutError extends Error {}

/** The time at which the next byte of a rate may pass, for one body or for all that share it. */
interface Meter {
  freeAtMs: number;
}

export type ApplyBodyFaults = (
  body: Body,
  planned: readonly PlannedAction[],
  signal: AbortSignal,
) => Body;

/** Applies the planned actions to a body. The signal ends a stalled or throttled body. */
export function createBodyFaults(): ApplyBodyFaults {
  const shared = new WeakMap<FaultRule, Meter>();
  return (body, planned, signal) =>
    planned.reduce((rest, { action, rule }) => {
      if ('cutAtByte' in action) return cutAt(rest, action.cutAtByte);
      if ('stallAtByte' in action) return stallAt(rest, action.stallAtByte, signal);
      if ('corruptByte' in action) return corruptAt(rest, action.corruptByte);
      if (!('bytesPerSecond' in action)) return rest;
      const meter = (action.share === 'all' && shared.get(rule)) || { freeAtMs: 0 };
      shared.set(rule, meter);
      return throttle(rest, action.bytesPerSecond, meter, signal);
    }, body);
}

async function* cutAt(body: Body, cutAtByte: number): Body {
  yield* upTo(body, cutAtByte);
  throw new CutError(`cut at byte ${cutAtByte}`);
}

async function* stallAt(body: Body, stallAtByte: number, signal: AbortSignal): Body {
  yield* upTo(body, stallAtByte);
  await sleep(2 ** 31 - 1, undefined, { signal, ref: false });
}

async function* corruptAt(body: Body, corruptByte: number): Body {
  let passed = 0;
  for await (const chunk of body) {
    const index = corruptByte - passed;
    passed += chunk.length;
    const byte = chunk[index];
    if (byte !== undefined) chunk[index] = byte ^ 0xff;
    yield chunk;
  }
}

async function* throttle(body: Body, rate: number, meter: Meter, signal: AbortSignal): Body {
  // Pieces of a twentieth of a second give an even rate without bursts.
  const pieceBytes = Math.max(1, Math.floor(rate / 20));
  for await (const chunk of body) {
    for (let start = 0; start < chunk.length; start += pieceBytes) {
      const piece = chunk.subarray(start, start + pieceBytes);
      const nowMs = performance.now();
      const waitMs = meter.freeAtMs - nowMs;
      meter.freeAtMs = Math.max(meter.freeAtMs, nowMs) + (piece.length / rate) * 1000;
      if (waitMs > 0) await sleep(waitMs, undefined, { signal });
      yield piece;
    }
  }
}

/** A body that is shorter than the limit stays complete, and then acts as at the limit. */
async function* upTo(body: Body, limitBytes: number): Body {
  let passed = 0;
  for await (const chunk of body) {
    yield chunk.subarray(0, limitBytes - passed);
    passed += chunk.length;
    if (passed >= limitBytes) return;
  }
}
