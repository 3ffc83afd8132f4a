import type { AuditRecord } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { formatAudit } from './format-audit.ts';

const EVENT: AuditRecord = {
  time: '2026-03-01T00:00:00.000Z',
  event: 'fetch',
  user: 'ann',
  from: '192.0.2.7',
  way: 'ns',
  image: 'quay.io/podman/hello:v1',
  digest: `sha256:${'0123456789ab'.padEnd(64, '0')}`,
  rule: null,
  because: '',
};

test.each<[string, Partial<AuditRecord>, string]>([
  ['a fetch', {}, 'fetch        ann@192.0.2.7 ns quay.io/podman/hello:v1 sha256:0123456789ab'],
  [
    'a refusal, with its rule and how often it came',
    { event: 'refusal', digest: '', right: 'fetch', rule: 3, because: 'use valkey', count: 5 },
    'refusal      ann@192.0.2.7 ns quay.io/podman/hello:v1 (may not fetch, rule 3, use valkey) 5 times',
  ],
  [
    'a change of the configuration',
    {
      event: 'configuration',
      user: '',
      from: '',
      way: '',
      image: '',
      digest: '',
      because: 'rules',
    },
    'configuration - - (rules)',
  ],
  [
    'a verdict',
    { event: 'trust', user: '', from: '', way: '', digest: '', verdict: 'refused', because: 'old' },
    'trust        - - quay.io/podman/hello:v1 refused (old)',
  ],
])('%s is a line for people', (_, fields, line) => {
  expect(formatAudit({ ...EVENT, ...fields })).toBe(`2026-03-01T00:00:00.000Z ${line}`);
});
