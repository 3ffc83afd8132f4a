import { formatDuration, formatMany } from '@registry-cache/domain';
import {
  type CheckContext,
  type CheckOutcome,
  INPUT_IS_BROKEN,
  notTried,
  tried,
} from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';

/** The clock of one registry. */
export interface ClockFacts {
  readonly name: string;
  /** How far it is ahead of ours, in milliseconds. */
  readonly aheadMs: number;
}

/** Tokens that begin later than that are refused here and elsewhere. */
const TOLERANCE_MS = 60_000;

/** Our clock is the wrong one where most others differ from it. */
export function findClockFaults(clocks: readonly ClockFacts[]): Finding[] {
  const off = clocks.filter(({ aheadMs }) => Math.abs(aheadMs) > TOLERANCE_MS);
  if (off.length === 0) return [];
  if (off.length * 2 <= clocks.length) {
    return off.map(({ name, aheadMs }) =>
      buildFinding('upstream-clock-off', {
        subject: name,
        found: `a clock that is ${describe(aheadMs)} ours`,
      }),
    );
  }
  const ahead = median(off.map(({ aheadMs }) => aheadMs));
  const names = off.map(({ name }) => name).join(', ');
  const found = `a clock that is ${describe(-ahead)} that of ${names}`;
  return [buildFinding('clock-off', { subject: 'clock', found })];
}

function describe(aheadMs: number): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1000) * 1000;
  return `${formatDuration(seconds)} ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

export async function checkClock({ probe, registries }: CheckContext): Promise<CheckOutcome> {
  if (probe === undefined) return INPUT_IS_BROKEN;
  const clocks = (await registries()).flatMap(({ name, first }) =>
    first.kind === 'answer' && first.aheadMs !== undefined
      ? [{ name, aheadMs: first.aheadMs }]
      : [],
  );
  if (clocks.length === 0) return notTried('no registry tells its time');
  return tried(
    `compared with ${formatMany(clocks.length, 'registry', 'registries')}`,
    findClockFaults(clocks),
  );
}
