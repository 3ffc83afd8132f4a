import { createLogger } from '@registry-cache/runtime';
import { expect, it } from 'vitest';
import { AdminError } from '../contract/admin-error.ts';
import { toAdminError } from './to-admin-error.ts';

const deps = { log: createLogger('admin', 'fatal', 'json') };

it('says that the disk is full, and not where', () => {
  const full = new Error("ENOSPC: no space left on device, open '/var/lib/registry/pins/x'");
  const told = toAdminError(Object.assign(full, { code: 'ENOSPC' }), deps);
  expect([told.code, told.message]).toEqual([
    'UNAVAILABLE',
    'the cache cannot write a file: the disk is full; its log names the file',
  ]);
});

it('tells clients nothing of a defect', () => {
  for (const defect of [
    new Error('a secret'),
    'a secret',
    undefined,
    null,
    Object.assign(new Error(), { code: 1 }),
  ]) {
    expect(toAdminError(defect, deps).message).toBe('an internal error; see the log of the cache');
  }
  const meant = new AdminError('INVALID', 'image: found x');
  expect(toAdminError(meant, deps)).toBe(meant);
});
