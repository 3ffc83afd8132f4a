import { expect, it } from 'vitest';
import { formatFailure } from './format-failure.ts';

it('has a line for each line of a message, and its hint', () => {
  const error = Object.assign(new Error('one\ntwo'), { hint: 'try again' });
  expect(formatFailure(error)).toEqual(['one', 'two', 'try again']);
});

it('shows nothing that a terminal obeys', () => {
  expect(formatFailure(new Error('no image a\u001b[31m\u009b2J\u202eb'))).toEqual([
    'no image a\\u001b[31m\\u009b2J\\u202eb',
  ]);
});
