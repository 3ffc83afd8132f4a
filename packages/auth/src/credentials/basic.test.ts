import { expect, test } from 'vitest';
import { parseBasic } from './basic.ts';

function basic(pair: string | Uint8Array): string {
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function read(header: string | undefined): readonly [string, string] | undefined {
  const credentials = parseBasic(header);
  return credentials && [credentials.username, credentials.password.reveal()];
}

test.each([
  ['a plain pair', basic('ann:secret'), ['ann', 'secret']],
  ['colons in the password', basic('ann:a:b::'), ['ann', 'a:b::']],
  ['an empty password', basic('ann:'), ['ann', '']],
  ['UTF-8', basic('ünï:pä ss 🔑'), ['ünï', 'pä ss 🔑']],
  ['a byte order mark, which is part of the name', basic('\ufeffann:x'), ['\ufeffann', 'x']],
  ['the scheme in any case', basic('ann:secret').replace('Basic', 'bASIC'), ['ann', 'secret']],
  ['more spaces', basic('ann:secret').replace(' ', '   '), ['ann', 'secret']],
  ['no padding', basic('ann:secret').replace('=', ''), ['ann', 'secret']],
])('reads %s', (_, header, expected) => {
  expect(read(header)).toEqual(expected);
});

test.each([
  ['no header', undefined],
  ['an empty header', ''],
  ['another scheme', 'Bearer abc'],
  ['the scheme alone', 'Basic'],
  ['what is not base64', 'Basic !!!!'],
  ['base64 with something behind', `${basic('ann:secret')}, Basic x`],
  ['no colon', basic('ann')],
  ['an empty user, as podman sends without a login', basic(':')],
  ['a NUL in the password', basic('ann:secret\0')],
  ['a line break in the name', basic('an\nn:secret')],
  ['bytes that are not UTF-8', basic(new Uint8Array([0x61, 0x3a, 0xff, 0xfe]))],
])('gives nothing for %s', (_, header) => {
  expect(read(header)).toBeUndefined();
});

test('does not show the password', () => {
  expect(JSON.stringify(parseBasic(basic('ann:secret')))).toBe(
    '{"username":"ann","password":"[redacted]"}',
  );
});
