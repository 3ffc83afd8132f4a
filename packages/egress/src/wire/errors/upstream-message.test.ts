import { expect, test } from 'vitest';
import { parseUpstreamMessage } from './upstream-message.ts';

test.each([
  ['{"errors":[{"code":"DENIED","message":"no"},{"code":"X"}]}', 'DENIED', 'no'],
  ['{"error":"invalid_grant","error_description":"expired"}', 'invalid_grant', 'expired'],
  ['{"details":"incorrect username or password"}', '', 'incorrect username or password'],
  ['{"message":"rate limit"}', '', 'rate limit'],
  ['{"errors":[null]}', '', ''],
  ['{"errors":[{"code":7,"message":{}}]}', '', ''],
  ['null', '', ''],
  ['<html><body>Bad Gateway</body></html>', '', ''],
  ['upstream connect error\nsecond line', '', 'upstream connect error'],
  ['{"message":"a\\u001b[31m\\r\\nforged"}', '', 'a [31m forged'],
  ['', '', ''],
])('reads code and message of %s', (body, code, message) => {
  expect(parseUpstreamMessage(body)).toEqual({ code, message });
});

test('cuts long messages', () => {
  expect(parseUpstreamMessage('x'.repeat(5000)).message).toHaveLength(240);
});
