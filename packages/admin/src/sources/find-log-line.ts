import { openPlainFile, SingleFlight } from '@registry-cache/runtime';

/** A line of the access log has 64 KiB at most. */
const OVERLAP_BYTES = 64 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/** More than both files have, unless somebody has filled them in another way. */
const MOST_BYTES = 64 * 1024 * 1024;

const running = new SingleFlight<string | undefined>();

/**
 * The last line of the access log with this id of a request; undefined where it is not there any
 * more. It reads from the end, in pieces, so that no whole log is in memory: 64 MiB of each file at
 * most. Equal questions that come meanwhile wait for the same answer.
 *
 * @param id one word without characters that JSON escapes.
 */
export function findLogLine(accessLog: string, id: string): Promise<string | undefined> {
  return running.join(`${accessLog}\n${id}`, async () => {
    for (const file of [accessLog, `${accessLog}.1`]) {
      // HAProxy writes a space behind each colon.
      const line = await findIn(file, `"id": "${id}"`);
      if (line !== undefined) return line;
    }
    return undefined;
  });
}

async function findIn(file: string, text: string): Promise<string | undefined> {
  const handle = await openPlainFile(file).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    const firstByte = Math.max(0, size - MOST_BYTES);
    let end = size;
    const buffer = Buffer.alloc(CHUNK_BYTES + OVERLAP_BYTES);
    while (end > firstByte) {
      const start = Math.max(firstByte, end - CHUNK_BYTES);
      // The piece has whole lines around each find: a line of the piece after it, and one before.
      const from = Math.max(0, start - OVERLAP_BYTES);
      const { bytesRead } = await handle.read(buffer, 0, end - from, from);
      const piece = buffer.subarray(0, bytesRead);
      const at = piece.lastIndexOf(text);
      if (at >= 0) return lineAround(piece, at);
      end = start;
    }
    return undefined;
  } finally {
    await handle.close();
  }
}

function lineAround(piece: Buffer, at: number): string {
  const first = piece.lastIndexOf('\n', at) + 1;
  const last = piece.indexOf('\n', at);
  return piece.toString('latin1', first, last < 0 ? piece.length : last);
}
