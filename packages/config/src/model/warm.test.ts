import { formatIssue, unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../policy/parse.ts';
import { buildWarm } from './warm.ts';

function read(text: string) {
  const policy = parsePolicy('p', text);
  const built = policy.ok ? buildWarm('p', policy.value.warm) : policy;
  return built.ok ? built.value : built.issues.map(formatIssue);
}

describe('followed lists', () => {
  it('have a path, a time and platforms', () => {
    expect(
      read('warm: [{list: /a, every: 6h}, {list: /b, every: 90s, platforms: [linux/arm64, all]}]'),
    ).toEqual([
      { list: '/a', everyMs: 21_600_000, platforms: [] },
      { list: '/b', everyMs: 90_000, platforms: ['linux/arm64', 'all'] },
    ]);
    expect(unwrap(buildWarm('p', []))).toEqual([]);
  });

  it.each([
    [
      'warm: [{list: lists/a, every: 6h}]',
      'p warm[0].list: found "lists/a"; accepted: an absolute path',
    ],
    ['warm: [{list: /a, every: 6}]', 'such as 6h'],
    ['warm: [{list: /a, every: 10ms}]', 'a duration of 1s or more'],
    ['warm: [{list: /a}]', 'p warm[0].every'],
    ['warm: [{list: /a, every: 6h, pin: 1}]', 'a key that is not known'],
    ['warm: [{list: /a, every: 6h, platforms: [arm64]}]', 'a platform, such as linux/arm64'],
    ['warm: [{list: /a, every: 6h}, {list: /a, every: 1h}]', 'p warm[1].list: found /a again'],
    ['warm: {list: /a, every: 6h}', 'p warm: found'],
  ])('%s is refused', (text, issue) => {
    expect(read(text)).toEqual([expect.stringContaining(issue)]);
  });
});
