import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { signUploadState } from './upload-state.ts';

it('signs the state as the engine does', () => {
  const state = { repository: 'apps/a', id: 'u-1', offset: 7, startedAt: '2026-01-02T03:04:05Z' };
  const bytes = Buffer.from(signUploadState(state, 'secret'), 'base64url');
  const text = bytes.subarray(32);
  expect(bytes.subarray(0, 32)).toEqual(createHmac('sha256', 'secret').update(text).digest());
  expect(JSON.parse(text.toString())).toEqual({
    Name: 'apps/a',
    UUID: 'u-1',
    Offset: 7,
    StartedAt: '2026-01-02T03:04:05Z',
  });
});
