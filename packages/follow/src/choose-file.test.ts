import { expect, test } from 'vitest';
import { chooseNext, chooseStart } from './choose-file.ts';

test.each([
  ['nothing is there', {}, undefined, undefined],
  ['a first start', { current: 1 }, undefined, { file: 'current', offset: 0 }],
  ['its position', { current: 1 }, { inode: 1, offset: 7 }, { file: 'current', offset: 7 }],
  ['rotated', { current: 2, rotated: 1 }, { inode: 1, offset: 7 }, { file: 'rotated', offset: 7 }],
  ['lost', { current: 3, rotated: 2 }, { inode: 1, offset: 7 }, { file: 'rotated', offset: 0 }],
  ['lost, one file', { current: 3 }, { inode: 1, offset: 7 }, { file: 'current', offset: 0 }],
  ['no new one yet', { rotated: 1 }, { inode: 1, offset: 7 }, { file: 'rotated', offset: 7 }],
])('starts after %s', (_, files, position, choice) => {
  expect(chooseStart({ current: undefined, rotated: undefined, ...files }, position)).toEqual(
    choice,
  );
});

test.each([
  ['stays while it is the log', { current: 1, rotated: 0 }, undefined],
  ['stays while there is no new log', { current: undefined, rotated: 1 }, undefined],
  ['goes on with the log', { current: 2, rotated: 1 }, { file: 'current', offset: 0 }],
  ['takes the one in between', { current: 3, rotated: 2 }, { file: 'rotated', offset: 0 }],
  ['old one deleted', { current: 3, rotated: undefined }, { file: 'current', offset: 0 }],
])('%s', (_, files, choice) => {
  expect(chooseNext(files, 1)).toEqual(choice);
});
