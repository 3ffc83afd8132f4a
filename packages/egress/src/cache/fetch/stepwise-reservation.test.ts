import { describe, expect, it } from 'vitest';
import type { Reservations } from '../../store/reservations/reservations.ts';
import { StepwiseReservation } from './stepwise-reservation.ts';
import { UnknownGrants } from './unknown-grants.ts';

const MIB = 1024 * 1024;
const { signal } = new AbortController();

/** Decides as the cleaner does: blobs of unknown size get 4 MiB together. */
const reservations: Reservations = {
  reserve: async (
    bytes,
    _signal,
    { grantedBytes, sizeBytes } = { grantedBytes: 0, sizeBytes: 0 },
  ) => sizeBytes !== undefined || grantedBytes + bytes <= 4 * MIB,
};

describe('blobs of unknown size', () => {
  it('share one limit, also when they ask at the same time', async () => {
    const unknown = new UnknownGrants();
    const blobs = Array.from(
      { length: 6 },
      () => new StepwiseReservation(reservations, undefined, signal, unknown),
    );
    const outcomes = await Promise.allSettled(blobs.map((blob) => blob.begin()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    expect(unknown.bytes).toBe(4 * MIB);
  });

  it('give their bytes back when they end', async () => {
    const unknown = new UnknownGrants();
    const first = new StepwiseReservation(reservations, undefined, signal, unknown);
    await first.begin();
    await first.take(3 * MIB);
    const second = new StepwiseReservation(reservations, undefined, signal, unknown);
    await expect(second.begin()).rejects.toThrow('there is no room');
    first.end();
    await second.begin();
    expect(unknown.bytes).toBe(MIB);
  });

  it('do not count blobs of a known size', async () => {
    const unknown = new UnknownGrants();
    await new StepwiseReservation(reservations, 100 * MIB, signal, unknown).begin();
    expect(unknown.bytes).toBe(0);
  });
});
