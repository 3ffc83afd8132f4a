import { expect, test } from 'vitest';
import { parseCaller } from './parse-caller.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test.each([
  { user: 'ann', groups: ['ops', 'ci'], address: '10.0.0.1' },
  { user: 'jörg', groups: [], address: '2001:db8::1' },
])('the caller $user is read as the edge wrote it', (caller) => {
  expect(parseCaller(encode(caller))).toEqual(caller);
});

test('a caller without a login has no user', () => {
  const caller = parseCaller(encode({ groups: [], address: '10.0.0.1' }));
  expect(caller).toEqual({ user: undefined, groups: [], address: '10.0.0.1' });
});

test.each([
  ['nothing', ''],
  ['no base64url', '{"groups":[],"address":"10.0.0.1"}'],
  ['no JSON', Buffer.from('ann').toString('base64url')],
  ['a list', encode([])],
  ['no groups', encode({ user: 'ann', address: '10.0.0.1' })],
  ['no address', encode({ user: 'ann', groups: [] })],
  ['a group that is no text', encode({ user: 'ann', groups: [1], address: '10.0.0.1' })],
  ['a user that is no text', encode({ user: null, groups: [], address: '10.0.0.1' })],
  ['another member', encode({ user: 'ann', groups: [], address: '10.0.0.1', admin: true })],
  ['bytes that are no text', Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')],
])('%s is no caller', (_, text) => {
  expect(parseCaller(text)).toBeUndefined();
});
