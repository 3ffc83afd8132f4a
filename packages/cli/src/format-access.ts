import { type AccessRecord, formatSize } from '@registry-cache/domain';

/** One access for people: time, cache, status, method, content, size, duration, client. */
export function formatAccess(record: AccessRecord): string {
  // Only requests for an image have a repository. Others have a path, also passed-on ones.
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

/** Abbreviates a digest as podman and docker do. */
function shorten(reference: string): string {
  return reference.replace(/^(sha\d+:[0-9a-f]{12})[0-9a-f]+$/, '$1');
}
