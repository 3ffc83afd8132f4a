import { expect, test } from 'vitest';
import { RecordLines } from './record-lines.ts';

function takeAll(...pieces: string[]): string[] {
  const lines = new RecordLines();
  return pieces.map((piece) => lines.take(Buffer.from(piece)).toString());
}

test('passes whole records on', () => {
  expect(takeAll('{"a":1}\n{"b":2}\n', '{"c":3}\n')).toEqual(['{"a":1}\n{"b":2}\n', '{"c":3}\n']);
});

test('waits for the end of a record, wherever it is cut', () => {
  expect(takeAll('{"a"', ':1}', '\n{"b":2}\n{', '"c":3}\n')).toEqual([
    '',
    '',
    '{"a":1}\n{"b":2}\n',
    '{"c":3}\n',
  ]);
});

test.each([
  ['first', 'Proxy edge stopped.\n{"a":1}\n{"b":2}\n'],
  ['in between', '{"a":1}\n192.0.2.1:5 [time] edge/1: SSL handshake failure\n\n{"b":2}\n'],
  ['last', '{"a":1}\n{"b":2}\nProxy edge stopped.\n'],
])('leaves out lines that are not records: %s', (_, text) => {
  expect(takeAll(text)).toEqual(['{"a":1}\n{"b":2}\n']);
});

test('drops a line without an end', () => {
  const taken = takeAll(`{${'x'.repeat(70_000)}`, 'x\n{"a":1}\n');
  expect(taken).toEqual(['', '{"a":1}\n']);
});
