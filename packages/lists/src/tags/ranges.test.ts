import { expect, it } from 'vitest';
import { compileMastermindsRange, parseTagVersion } from './masterminds-range.ts';
import { compileRegsyncRange } from './regsync-range.ts';

function masterminds(range: string, tag: string): boolean | undefined {
  const version = parseTagVersion(tag);
  return version && compileMastermindsRange(range)?.(version);
}

/** After the documents of github.com/Masterminds/semver, "Basic Comparisons" and below. */
it.each([
  ['>= 1.2 < 3.0.0 || >= 4.2.3', '2.9 4.2.3 v5', '1.1.9 3.0.0 4.2.2'],
  ['>= 1.2, < 3.0.0', '1.2.0', '3.0.0 1.3.0-rc1'],
  ['1.2 - 1.4.5', '1.2.0 1.4.5', '1.4.6 1.1.9'],
  ['1.2 - 1.4', '1.4.9', '1.5.0'],
  ['2.3.4 - 4.5.6', '2.3.4', '2.3.3 4.5.7'],
  ['1.2.x', '1.2.0 1.2.9', '1.3.0'],
  ['>= 1.2.x', '1.2.0 2.0.0', '1.1.9'],
  ['<= 2.x', '2.9.9', '3.0.0'],
  ['*', '0.0.1 9.9.9', '1.0.0-rc1'],
  ['~1.2.3', '1.2.3 1.2.9', '1.2.2 1.3.0'],
  ['~1', '1.0.0 1.9.9', '2.0.0'],
  ['~>2.3', '2.3.9', '2.4.0'],
  ['^1.2.3', '1.2.3 1.9.9', '2.0.0 1.2.2'],
  ['^0.2.3', '0.2.9', '0.3.0'],
  ['^0.0.3', '0.0.3', '0.0.4'],
  ['^0.0', '0.0.9', '0.1.0'],
  ['^0', '0.9.9', '1.0.0'],
  ['>11', '12.0.0', '11.9.9'],
  ['>11.1', '11.2.0', '11.1.9'],
  ['!=1.2.3', '1.2.4', '1.2.3'],
  ['!=1.2.x', '1.3.0', '1.2.7'],
  ['>=1.2.3-0', '1.2.4-beta.2 1.3.0-rc1', '1.2.2'],
  ['=1.2', '1.2.9', '1.3.0'],
  ['<0.2', '0.1.9', '0.2.0'],
])('Masterminds reads %s', (range, inside, outside) => {
  expect(inside.split(' ').filter((tag) => masterminds(range, tag) !== true)).toEqual([]);
  expect(outside.split(' ').filter((tag) => masterminds(range, tag) !== false)).toEqual([]);
});

it.each(['newest', '1.2.3.4', '>=1.2<2', '> ', '1.2 -'])('Masterminds refuses %s', (range) => {
  expect(compileMastermindsRange(range)).toBeUndefined();
});

it.each([
  ['>=1.0.0 <2.0.0', '1.0.0 v1.9 1.2.3.4 2.0.0-rc1', '2.0.0 0.9 main'],
  ['^1.2.3', '1.9.9', '2.0.0 1.2.2'],
  ['^0.2.3', '0.2.9', '0.3.0'],
  ['^0.0.3', '0.0.3', '0.0.4'],
  ['~1.2.3', '1.2.9', '1.3.0'],
  ['1.2', '1.2.0 v1.2', '1.2.1 1.2-alpine'],
  ['>1.0.0-rc9', '1.0.0-rc10 1.0.0', '1.0.0-rc8'],
  ['>1.0.0-rc', '1.0.0-rc1', '1.0.0-beta'],
  ['<=1.10', '1.9', '1.10.1'],
])('regsync reads %s', (range, inside, outside) => {
  const test = compileRegsyncRange(range);
  expect(inside.split(' ').filter((tag) => !test?.(tag))).toEqual([]);
  expect(outside.split(' ').filter((tag) => test?.(tag))).toEqual([]);
});

it.each(['', 'x', '>=', '1.x', '>=1, <2'])('regsync refuses %s', (range) => {
  expect(compileRegsyncRange(range)).toBeUndefined();
});
