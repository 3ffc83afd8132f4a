import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type AccessRecord, runPaths } from '@registry-cache/domain';
import { createFolder } from './run-program.ts';

/** An empty run directory, and its access log. */
export function createRunDirectory() {
  const root = createFolder();
  const { accessLog } = runPaths(root);
  mkdirSync(dirname(accessLog));
  return {
    accessLog,
    environment: { RUNDIR: root },
    /** Logs one request for each repository. */
    log: (...repositories: string[]) => {
      for (const repository of repositories) {
        appendFileSync(accessLog, `${JSON.stringify(createRecord({ repository }))}\n`);
      }
    },
  };
}

export function createRecord(fields: Partial<AccessRecord> = {}): AccessRecord {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
  return {
    time: '2026-01-02T03:04:05.678Z',
    id: '5f0c7b1e-0000-4000-8000-000000000000',
    ms: 7,
    firstByteMs: 2,
    client: '192.0.2.1',
    user: '',
    method: 'GET',
    upstream: 'quay.io',
    repository: 'podman/hello',
    kind: 'blob',
    reference: digest,
    digest,
    status: 200,
    bytes: 1536,
    cache: 'HIT',
    agent: 'containers/5.34.0 (github.com/containers/image)',
    end: '--',
    path: `/v2/quay.io/podman/hello/blobs/${digest}`,
    note: '',
    way: 'path',
    audit: '',
    ...fields,
  };
}
