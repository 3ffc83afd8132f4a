import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AccessRecord, blobFile } from '@registry-cache/domain';
import { onTestFinished } from 'vitest';

export const LONG_AGO_MS = Date.UTC(2020, 0, 1);

/** A directory that is removed after the test. */
export function createDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'registry-cache-logger-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Puts a blob into a store, last used long ago. @returns its digest. */
export function addBlob(root: string, content: string): string {
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const file = blobFile(root, digest);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  utimesSync(file, LONG_AGO_MS / 1000, LONG_AGO_MS / 1000);
  return digest;
}

/** The access time of a blob, in whole milliseconds. */
export function readAccessMs(root: string, digest: string): number {
  return Math.round(statSync(blobFile(root, digest)).atimeMs);
}

/** A line in the format of the edge, with its end. */
export function accessLine({
  note = '',
  way = 'path',
  audit = '',
  ...record
}: Partial<AccessRecord>): string {
  const whole = {
    time: '2026-03-01T00:00:00.000Z',
    id: '5f0c7b1e-0000-4000-8000-000000000000',
    ms: 5,
    firstByteMs: 2,
    client: '192.0.2.7',
    user: '',
    method: 'GET',
    upstream: 'quay.io',
    repository: 'podman/hello',
    kind: 'blob',
    reference: '',
    status: 200,
    bytes: 1234,
    cache: 'HIT',
    agent: 'containers/5.29 (github.com/containers/image)',
    end: '--',
    ...record,
    digest: record.digest ?? '',
    path: record.path ?? `/v2/quay.io/podman/hello/blobs/${record.digest ?? ''}`,
    note,
    way,
    audit,
  };
  return `${JSON.stringify(whole)}\n`;
}
