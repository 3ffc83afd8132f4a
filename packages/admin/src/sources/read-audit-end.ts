import type { AuditEventName, AuditRecord } from '@registry-cache/domain';
import { openPlainFile } from '@registry-cache/runtime';
import { parseAuditRecord } from './parse-audit-record.ts';

const BLOCK_BYTES = 256 * 1024;
/** The most that a question reads of both files: about 50,000 events. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Which records are wanted. */
export interface AuditWanted {
  readonly event: AuditEventName;
  readonly limit: number;
  /** Only those since this time. */
  readonly sinceMs?: number | undefined;
}

/**
 * Finds the newest records of an event, the newest first. It reads the audit log and the file before
 * it backwards, and not all of them where other events are many.
 */
export async function readAuditEnd(
  file: string,
  { event, limit, sinceMs = 0 }: AuditWanted,
): Promise<readonly AuditRecord[]> {
  const found: AuditRecord[] = [];
  const sign = `"event":"${event}"`;
  let restBytes = MOST_BYTES;
  for (const path of [file, `${file}.1`]) {
    for await (const { whole, bytes } of readBackwards(path)) {
      // A rare event is not looked for in each line.
      const lines = whole.includes(sign) ? whole.toString('utf8').split('\n').reverse() : [];
      for (const line of lines) {
        const record = line.includes(sign) ? parseAuditRecord(line) : undefined;
        if (record?.event === event && Date.parse(record.time) >= sinceMs) found.push(record);
        if (found.length === limit) return found;
      }
      restBytes -= bytes;
      if (restBytes <= 0) return found;
    }
  }
  return found;
}

/** The whole lines of a file from its end, in blocks; none of a missing file. */
async function* readBackwards(
  path: string,
): AsyncGenerator<{ readonly whole: Buffer; readonly bytes: number }> {
  const handle = await openPlainFile(path).catch(() => undefined);
  if (handle === undefined) return;
  try {
    let { size: end } = await handle.stat();
    // The end of a line whose begin is in the next block.
    let rest = Buffer.alloc(0);
    while (end > 0) {
      const start = Math.max(0, end - BLOCK_BYTES);
      const block = Buffer.alloc(end - start);
      await handle.read(block, 0, block.length, start);
      const read = Buffer.concat([block, rest]);
      const firstEnd = start === 0 ? -1 : read.indexOf('\n');
      // Every line of an audit log is shorter than a block. Other content is left out.
      rest = firstEnd < 0 ? Buffer.alloc(0) : Buffer.from(read.subarray(0, firstEnd));
      yield { whole: read.subarray(firstEnd + 1), bytes: block.length };
      end = start;
    }
  } finally {
    await handle.close();
  }
}
