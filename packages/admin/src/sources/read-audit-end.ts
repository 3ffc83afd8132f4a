import { open } from 'node:fs/promises';
import { type AuditRecord, asObject } from '@registry-cache/domain';

const MOST_BYTES = 1024 * 1024;

/** The last events of the audit log, the oldest first; none of a missing file. */
export async function readAuditEnd(file: string): Promise<readonly AuditRecord[]> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return [];
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - MOST_BYTES);
    const buffer = Buffer.alloc(size - from);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    // The first line may be a part of one.
    return lines.slice(from === 0 ? 0 : 1).flatMap(parseLine);
  } finally {
    await handle.close();
  }
}

function parseLine(line: string): AuditRecord[] {
  try {
    const record = asObject(JSON.parse(line));
    const isWhole = [record.time, record.event, record.because].every(
      (value) => typeof value === 'string',
    );
    return isWhole ? [record as unknown as AuditRecord] : [];
  } catch {
    return [];
  }
}
