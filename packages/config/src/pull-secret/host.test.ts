import { isRepository } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { parseHost, spellHost } from './host.ts';

describe('spellHost', () => {
  it.each([
    ['quay.io', 'quay.io'],
    ['reg.example.com:5000', 'reg.example.com_5000'],
    ['[fd00::10]:5000', 'ipv6-fd00--10_5000'],
    ['[::1]', 'ipv6---1'],
    ['[fd00::]', 'ipv6-fd00--0'],
    ['[2001:db8:0:0:0:0:0:1]', 'ipv6-2001-db8--1'],
  ])('%s becomes %s, which fits into an image name', (text, spelled) => {
    expect(spellHost(parseHost(text) ?? '')).toBe(spelled);
    expect(isRepository(spelled)).toBe(true);
  });
});

describe('parseHost', () => {
  it.each(['', 'a..b', '-a', 'a:0', 'a:99999', 'fd00::10', '[fd00::g]', '[1.2.3.4]', 'a/b'])(
    'refuses %s',
    (text) => expect(parseHost(text)).toBeUndefined(),
  );
});
