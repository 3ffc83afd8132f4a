import { describe, expect, it } from 'vitest';
import { parseTunnelRules } from './rules.ts';

describe('parseTunnelRules', () => {
  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '::',
    '0.0.0.0',
    '169.254.169.254',
    'fe80::1',
    'fe80::1%eth0',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '224.0.0.1',
    'no address',
  ])('forbids %s always', (address) => {
    expect(parseTunnelRules([]).forbidsAddress(address)).toBe(true);
  });

  it('leaves private addresses to the operator', () => {
    for (const address of ['10.1.2.3', '192.168.1.1', 'fd00::1', '100.64.0.1']) {
      expect(parseTunnelRules([]).forbidsAddress(address)).toBe(false);
      expect(parseTunnelRules(['private']).forbidsAddress(address)).toBe(true);
    }
    expect(parseTunnelRules(['private']).forbidsAddress('8.8.8.8')).toBe(false);
  });

  it('takes networks and addresses, also where they stand inside of another', () => {
    const rules = parseTunnelRules(['203.0.113.0/24', '2001:db8::/32', '8.8.8.8']);
    const forbidden = [
      '203.0.113.7',
      '::ffff:203.0.113.7',
      '2001:db8::7',
      '8.8.8.8',
      '64:ff9b::808:808',
    ];
    expect(forbidden.filter((address) => !rules.forbidsAddress(address))).toEqual([]);
    expect(['203.0.114.7', '2606:4700::1', '8.8.4.4'].filter(rules.forbidsAddress)).toEqual([]);
  });

  it('takes names, and all below one', () => {
    const { forbidsName } = parseTunnelRules(['Secret.test', '*.inner.test']);
    expect(['secret.test', 'a.inner.test', 'a.b.inner.test'].filter(forbidsName)).toHaveLength(3);
    expect(['inner.test', 'xsecret.test', 'secret.test.com'].filter(forbidsName)).toEqual([]);
  });
});
