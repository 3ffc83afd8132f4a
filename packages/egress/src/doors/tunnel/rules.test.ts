import { describe, expect, it } from 'vitest';
import { parseTunnelRules } from './rules.ts';

const OWN = {
  ports: [8443, 3128],
  addresses: () => ['127.0.0.1', '10.88.0.5', 'fd00::5', 'fe80::1'],
};
const rulesOf = (...words: string[]) => parseTunnelRules(words, OWN);

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
    '168.63.129.16',
    '100.100.100.200',
    'fd00:ec2::254',
  ])('forbids %s always', (address) => {
    expect(rulesOf().forbidsAddress(address, 443)).toBe(true);
  });

  it('leaves private addresses to the operator', () => {
    for (const address of ['10.1.2.3', '192.168.1.1', 'fd00::1', '100.64.0.1']) {
      expect(rulesOf().forbidsAddress(address, 443)).toBe(false);
      expect(rulesOf('private').forbidsAddress(address, 443)).toBe(true);
    }
    expect(rulesOf('private').forbidsAddress('8.8.8.8', 443)).toBe(false);
  });

  it('takes networks and addresses, also inside of another notation', () => {
    const rules = rulesOf('203.0.113.0/24', '2001:db8::/32', '8.8.8.8');
    const forbidden = [
      '203.0.113.7',
      '::ffff:203.0.113.7',
      '2001:db8::7',
      '8.8.8.8',
      '64:ff9b::808:808',
    ];
    expect(forbidden.filter((address) => !rules.forbidsAddress(address, 443))).toEqual([]);
    expect(
      ['203.0.114.7', '2606:4700::1', '8.8.4.4'].filter((address) =>
        rules.forbidsAddress(address, 443),
      ),
    ).toEqual([]);
  });

  it('takes names and their subdomains', () => {
    const { forbidsName } = rulesOf('Secret.test', '*.inner.test');
    expect(['secret.test', 'a.inner.test', 'a.b.inner.test'].filter(forbidsName)).toHaveLength(3);
    expect(['inner.test', 'xsecret.test', 'secret.test.com'].filter(forbidsName)).toEqual([]);
  });

  it('forbids the listeners of the cache itself in each notation', () => {
    const { forbidsAddress } = rulesOf();
    const own = ['10.88.0.5', '::ffff:10.88.0.5', '64:ff9b::a58:5', 'fd00::5', 'fd00:0::0:5'];
    for (const port of OWN.ports) {
      expect(own.filter((address) => !forbidsAddress(address, port))).toEqual([]);
      expect(forbidsAddress('10.88.0.6', port)).toBe(false);
    }
    expect(own.filter((address) => forbidsAddress(address, 443))).toEqual([]);
  });
});
