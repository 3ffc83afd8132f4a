import { expect, it } from 'vitest';
import { formatCheck } from './format-check.ts';

it('says whether the files are in use, and what changed last', () => {
  const change = {
    time: '2026-11-30T10:00:00.000Z',
    refused: true,
    what: 'broken: /p.yaml access',
  };
  expect(formatCheck({ inUse: true, refusedChanges: 0, changes: [] })).toEqual([
    'the running cache uses the newest files',
  ]);
  expect(formatCheck({ inUse: false, refusedChanges: 1, changes: [change] })).toEqual([
    'the running cache does not use the newest files: the last good configuration stays',
    'last change: 2026-11-30T10:00:00.000Z refused, broken: /p.yaml access',
  ]);
  expect(formatCheck({ refusedChanges: 0, changes: [] })).toEqual([
    'the running cache has not looked at the files yet',
  ]);
});
