import { createLogger } from '@registry-cache/runtime';
import { expect, it, vi } from 'vitest';
import { tellVainClaims } from './tell-vain-claims.ts';

it('says each group once', () => {
  const log = createLogger('auth', 'fatal');
  const warn = vi.spyOn(log, 'warn');
  const tell = tellVainClaims(log);
  for (const group of ['ops', 'ops', 'dev', 'ops']) tell(group);
  expect(warn.mock.calls.map(([fields]) => fields)).toEqual([{ group: 'ops' }, { group: 'dev' }]);
});
