import { expect, it } from 'vitest';
import { formatAccess } from './format-access.ts';
import { createRecord } from './testing/access-log.ts';

it('shows time, cache, status, method, content, size, duration and client', () => {
  expect(formatAccess(createRecord())).toBe(
    '2026-01-02T03:04:05.678Z HIT   200 GET  quay.io/podman/hello blob sha256:0123456789ab 1.5 KiB 7ms 192.0.2.1 containers/5.34.0',
  );
});

it('shows the user, and the whole tag', () => {
  const record = createRecord({
    user: 'ann',
    kind: 'manifest',
    reference: 'v1.2.3',
    cache: 'MISS',
  });
  const line = formatAccess(record);
  expect(line).toContain(' MISS  200 ');
  expect(line).toContain(' manifest v1.2.3 ');
  expect(line).toContain(' ann@192.0.2.1 ');
});

it('shows the path if no registry is named, and a dash for uncached content', () => {
  const record = createRecord({ upstream: '', repository: '', cache: '', path: '/v2/', agent: '' });
  expect(formatAccess(record)).toContain(' -     200 GET  /v2/ 1.5 KiB');
});

it('shows a note for the operator at its end', () => {
  const record = createRecord({ note: 'misplaced-endpoint' });
  expect(formatAccess(record)).toMatch(/ containers\/5\.34\.0 misplaced-endpoint$/);
});

it('shows the path of a request that the proxy passes on, without an image', () => {
  const record = createRecord({ repository: '', kind: 'other', path: '//127.0.0.1:1/x' });
  expect(formatAccess(record)).toContain(' GET  //127.0.0.1:1/x 1.5 KiB');
});
