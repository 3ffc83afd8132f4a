import { expect, test } from 'vitest';
import { formatOciError, parseOciMessage } from './oci-error.ts';

test('reads the message of an error that was formatted here', () => {
  expect(parseOciMessage(Buffer.from(formatOciError('DENIED', 'no room')))).toBe('no room');
});

test.each(['', 'no JSON', '{}', '{"errors":[]}', '{"errors":[{"code":"DENIED","message":""}]}'])(
  'finds no message in %j',
  (body) => {
    expect(parseOciMessage(Buffer.from(body))).toBeUndefined();
  },
);
