import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verify } from '../../wire/body/verify.ts';
import { digestOf } from '../../wire/http/digest.ts';
import { Intake, SpoolError } from './reassembly.ts';

const SIZE_BYTES = 3 * 1024 * 1024 + 7;
const WHOLE = Buffer.alloc(SIZE_BYTES);
for (let index = 0; index < SIZE_BYTES; index += 1) WHOLE[index] = (index * index) % 251;

async function openIn(run: (intake: Intake, file: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'intake-'));
  const file = join(dir, 'body');
  const intake = await Intake.open(file, digestOf(WHOLE), () => undefined);
  await run(intake, file);
  await intake.close();
  await rm(dir, { recursive: true });
}

/** The body in pieces of uneven size, as several connections would bring it. */
function pieces(lanes: number): { position: number; bytes: Buffer }[] {
  const laneBytes = Math.ceil(SIZE_BYTES / lanes);
  const queues = Array.from({ length: lanes }, (_, lane) => {
    const end = Math.min((lane + 1) * laneBytes, SIZE_BYTES);
    const found = [];
    for (let position = lane * laneBytes; position < end; position += 60_001) {
      found.push({ position, bytes: WHOLE.subarray(position, Math.min(position + 60_001, end)) });
    }
    return found;
  });
  const longest = Math.max(...queues.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) =>
    queues.flatMap((queue) => queue[at] ?? []),
  ).flat();
}

test.each([1, 2, 5])('puts what %i connections bring in order', (lanes) =>
  openIn(async (intake, file) => {
    intake.windowBytes = 1_000_000;
    for (const { position, bytes } of pieces(lanes)) await intake.write(position, bytes);
    await intake.settle();
    expect(intake.frontier).toBe(SIZE_BYTES);
    verify(intake.copyHash(), digestOf(WHOLE));
    await intake.sync();
    expect((await readFile(file)).equals(WHOLE)).toBe(true);
    for (let position = 0; position < SIZE_BYTES; ) {
      const bytes = await intake.read(position, 100_000);
      expect(WHOLE.subarray(position, position + bytes.length).equals(bytes)).toBe(true);
      position += bytes.length;
    }
  }),
);

test('keeps its frontier where the first byte is missing', () =>
  openIn(async (intake) => {
    await intake.write(0, WHOLE.subarray(0, 10));
    await intake.write(20, WHOLE.subarray(20, 30));
    await intake.settle();
    expect(intake.frontier).toBe(10);
    await intake.write(10, WHOLE.subarray(10, 20));
    await intake.settle();
    expect(intake.frontier).toBe(30);
  }));

test('says so when there can be no file', async () => {
  const opening = Intake.open('/dev/null/body', digestOf(WHOLE), () => undefined);
  await expect(opening).rejects.toThrow(SpoolError);
});
