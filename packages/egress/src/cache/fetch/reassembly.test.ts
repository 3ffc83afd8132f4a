import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verify } from '../../wire/body/verify.ts';
import { digestOf } from '../../wire/http/digest.ts';
import { Reassembly } from './reassembly.ts';
import { SpoolError } from './spool-error.ts';

const SIZE_BYTES = 3 * 1024 * 1024 + 7;
const WHOLE = Buffer.alloc(SIZE_BYTES);
for (let index = 0; index < SIZE_BYTES; index += 1) WHOLE[index] = (index * index) % 251;

async function openIn(run: (reassembly: Reassembly, file: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'reassembly-'));
  const file = join(dir, 'body');
  const reassembly = await Reassembly.open(file, digestOf(WHOLE), () => undefined);
  await run(reassembly, file);
  await reassembly.close();
  await rm(dir, { recursive: true });
}

/** The body in pieces of uneven size, in the order in which several connections deliver them. */
function pieces(connections: number): { position: number; bytes: Buffer }[] {
  const shareBytes = Math.ceil(SIZE_BYTES / connections);
  const queues = Array.from({ length: connections }, (_, connection) => {
    const end = Math.min((connection + 1) * shareBytes, SIZE_BYTES);
    const found = [];
    for (let position = connection * shareBytes; position < end; position += 60_001) {
      found.push({ position, bytes: WHOLE.subarray(position, Math.min(position + 60_001, end)) });
    }
    return found;
  });
  const longest = Math.max(...queues.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) =>
    queues.flatMap((queue) => queue[at] ?? []),
  ).flat();
}

test.each([1, 2, 5])('puts the pieces of %i connections in order', (connections) =>
  openIn(async (reassembly, file) => {
    reassembly.tailBytes = 1_000_000;
    for (const { position, bytes } of pieces(connections)) await reassembly.write(position, bytes);
    await reassembly.settle();
    expect(reassembly.frontier).toBe(SIZE_BYTES);
    verify(reassembly.copyHash(), digestOf(WHOLE));
    await reassembly.sync();
    expect((await readFile(file)).equals(WHOLE)).toBe(true);
    for (let position = 0; position < SIZE_BYTES; ) {
      const bytes = await reassembly.read(position, 100_000);
      expect(WHOLE.subarray(position, position + bytes.length).equals(bytes)).toBe(true);
      position += bytes.length;
    }
  }),
);

test('keeps its frontier at the first missing byte', () =>
  openIn(async (reassembly) => {
    await reassembly.write(0, WHOLE.subarray(0, 10));
    await reassembly.write(20, WHOLE.subarray(20, 30));
    await reassembly.settle();
    expect(reassembly.frontier).toBe(10);
    await reassembly.write(10, WHOLE.subarray(10, 20));
    await reassembly.settle();
    expect(reassembly.frontier).toBe(30);
  }));

test('throws a SpoolError when the file cannot be created', async () => {
  const opening = Reassembly.open('/dev/null/body', digestOf(WHOLE), () => undefined);
  await expect(opening).rejects.toThrow(SpoolError);
});
