import { describe, expect, it } from 'vitest';
import { parseClientAddress } from './client-address.ts';

describe('parseClientAddress', () => {
  it.each([
    'cache.example.com:8443',
    'cache.example.com',
    'cache:8443',
    'localhost',
    '10.1.2.3:8443',
  ])('accepts %s', (text) => {
    expect(parseClientAddress('--address', text)).toEqual({ ok: true, value: text });
  });

  it('writes names in lower case, as files and references have them', () => {
    expect(parseClientAddress('--address', 'Cache.Example.COM:8443')).toMatchObject({
      value: 'cache.example.com:8443',
    });
  });

  it.each([
    '',
    'cache',
    'https://cache.test',
    'cache.test/x',
    '[::1]:8443',
    'a..b',
    'a b:1',
    "a';b.c",
    'cache:',
    'a.b\n',
  ])('refuses %j', (text) => {
    expect(parseClientAddress('--address', text)).toMatchObject({ ok: false });
  });
});
