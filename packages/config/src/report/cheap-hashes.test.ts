import { unwrap } from '@registry-cache/domain';
import { createLogger } from '@registry-cache/runtime';
import { expect, it, vi } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { describeCheapHashes, reportCheapHashes } from './cheap-hashes.ts';

const SALT_AND_HASH = 'a'.repeat(53);
const settings = unwrap(parseSettings({}));
const line = (user: string, cost: string) => `${user}:$2y$${cost}$${SALT_AND_HASH}\n`;

it.each([
  ['cheap ones among dear ones', ['05', '09', '10', '14'], 'for 2 of 4 users'],
  ['a single one', ['04'], 'for 1 of 1 user;'],
])('says how many users have cheap hashes, and not which: %s', (_, costs, said) => {
  const htpasswd = costs.map((cost) => line(`user${cost}`, cost)).join('');
  const text = describeCheapHashes({ htpasswd, settings });
  expect(text).toContain(`/auth/htpasswd: bcrypt of a cost below 10 ${said}`);
  expect(text).not.toMatch(/user\d|aaa/);
});

it('says nothing where all hashes are costly, or without a login', () => {
  expect(describeCheapHashes({ htpasswd: line('ann', '10'), settings })).toBeUndefined();
  expect(describeCheapHashes({ htpasswd: undefined, settings })).toBeUndefined();
});

it('warns in the log', () => {
  const log = createLogger('config', 'fatal');
  const warn = vi.spyOn(log, 'warn');
  reportCheapHashes({ htpasswd: line('ann', '10'), settings }, log);
  expect(warn).not.toHaveBeenCalled();
  reportCheapHashes({ htpasswd: line('ann', '05'), settings }, log);
  expect(warn).toHaveBeenCalledOnce();
});
