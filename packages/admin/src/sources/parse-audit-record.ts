import { type AuditRecord, asObject } from '@registry-cache/domain';

const TEXTS = ['time', 'event', 'user', 'from', 'image', 'because'];

/** A line of the audit log; undefined for a broken one. */
export function parseAuditRecord(line: string): AuditRecord | undefined {
  try {
    const record = asObject(JSON.parse(line));
    const isWhole = TEXTS.every((name) => typeof record[name] === 'string');
    return isWhole ? (record as unknown as AuditRecord) : undefined;
  } catch {
    return undefined;
  }
}
