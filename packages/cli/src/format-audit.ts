import type { AuditRecord } from '@registry-cache/domain';

/** One event of the audit log for people: time, event, user, address, way, image, reason. */
export function formatAudit(record: AuditRecord): string {
  const { time, event, user, from, way, image, digest, rule, because } = record;
  const who = [user || '-', ...(from ? [from] : [])].join('@');
  const reasons = [
    record.right && `may not ${record.right}`,
    typeof rule === 'number' && `rule ${rule}`,
    because,
  ];
  const reason = reasons.filter(Boolean).join(', ');
  return [
    time,
    event.padEnd(12),
    who,
    way || '-',
    ...(image ? [image] : []),
    ...(digest && !image.includes('@') ? [shorten(digest)] : []),
    ...(record.verdict ? [record.verdict] : []),
    ...(reason ? [`(${reason})`] : []),
    ...(record.count === undefined ? [] : [`${record.count} times`]),
  ].join(' ');
}

/** Abbreviates a digest as podman and docker do. */
function shorten(digest: string): string {
  return digest.replace(/^(sha\d+:[0-9a-f]{12})[0-9a-f]+$/, '$1');
}
