import { type AccessRecord, formatSize } from '@registry-cache/domain';

/** One access as a person reads it: time, cache, status, what, how much, how long, who. */
export function formatAccess(record: AccessRecord): string {
  // What is no request for an image has a path only, also where it went on to a registry.
  const what = record.repository
    ? `${record.upstream}/${record.repository} ${record.kind} ${shorten(record.reference)}`
    : record.path;
  return [
    record.time,
    (record.cache || '-').padEnd(5),
    record.status,
    record.method.padEnd(4),
    what,
    formatSize(record.bytes),
    `${record.ms}ms`,
    record.user ? `${record.user}@${record.client}` : record.client,
    record.agent.split(' ')[0] ?? '',
    ...(record.note ? [record.note] : []),
  ].join(' ');
}

/** A digest as podman and docker abbreviate it. */
function shorten(reference: string): string {
  return reference.replace(/^(sha\d+:[0-9a-f]{12})[0-9a-f]+$/, '$1');
}
