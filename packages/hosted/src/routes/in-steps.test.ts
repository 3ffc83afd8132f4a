import { describe, expect, it } from 'vitest';
import { inSteps } from './in-steps.ts';

const MIB = 1024 * 1024;

/** A store with so much room, and what it was asked for: bytes, and those granted before. */
function openStore(roomBytes: number) {
  const asked: [number, number][] = [];
  const reserve = async (bytes: number, grantedBytes: number) => {
    asked.push([bytes, grantedBytes]);
    return grantedBytes + bytes <= roomBytes;
  };
  return { asked, reserve };
}

describe('a body of a known length', () => {
  it('asks once, for all of it', async () => {
    const { asked, reserve } = openStore(100);
    const take = inSteps(reserve, 0, 100);
    for (const bytes of [30, 30, 40]) expect(await take(bytes)).toBe(true);
    expect(asked).toEqual([[100, 0]]);
  });

  it('asks for the rest alone, where a part of the blob is here', async () => {
    const { asked, reserve } = openStore(100);
    expect(await inSteps(reserve, 60, 40)(40)).toBe(true);
    expect(asked).toEqual([[40, 60]]);
  });

  it('gets nothing where the whole finds no room', async () => {
    const { asked, reserve } = openStore(99);
    expect(await inSteps(reserve, 0, 100)(1)).toBe(false);
    expect(asked).toEqual([[100, 0]]);
  });
});

describe('a body of unknown length', () => {
  it('asks in steps of 64 MiB', async () => {
    const { asked, reserve } = openStore(1024 * MIB);
    const take = inSteps(reserve, 0, 0);
    for (let count = 0; count < 130; count += 1) expect(await take(MIB)).toBe(true);
    expect(asked).toEqual([
      [64 * MIB, 0],
      [64 * MIB, 64 * MIB],
      [64 * MIB, 128 * MIB],
    ]);
  });

  it('takes the room that is left, and no byte more', async () => {
    const { asked, reserve } = openStore(10);
    const take = inSteps(reserve, 0, 0);
    expect(await take(6)).toBe(true);
    expect(await take(4)).toBe(true);
    expect(await take(1)).toBe(false);
    expect(asked.slice(0, 2)).toEqual([
      [64 * MIB, 0],
      [6, 0],
    ]);
  });
});
