import { describe, expect, it } from 'vitest';
import { parseNetworks } from './networks.ts';

describe('parseNetworks', () => {
  it('reads networks and addresses of both families', () => {
    const parsed = parseNetworks('p', ' 10.0.0.0/8  192.0.2.7 fd00::/8 ::1 ');
    expect(parsed.ok && parsed.value).toEqual(['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '::1']);
    expect(parseNetworks('p', '')).toMatchObject({ ok: true, value: [] });
  });

  it.each([
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0/8',
    '10.0.0.0/8/8',
    'proxy',
    'fe80::1%eth0',
    '10.0.0.0/',
    '10.0.0.0/8,fd00::/8',
  ])('refuses %j by name', (word) => {
    const parsed = parseNetworks('TRUSTED_PROXIES', `10.1.0.0/16 ${word}`);
    expect(parsed.ok ? [] : parsed.issues).toMatchObject([
      { path: 'TRUSTED_PROXIES', found: JSON.stringify(word) },
    ]);
  });

  it.each(['::/1', '::/80', '::ffff:0:0/96', '::ffff:1.2.3.4/96'])(
    'refuses %s, which has every IPv4 address in it',
    (word) => {
      const parsed = parseNetworks('TRUSTED_PROXIES', word);
      expect(parsed.ok ? [] : parsed.issues).toMatchObject([
        { path: 'TRUSTED_PROXIES', found: expect.stringContaining(`"${word}", which has every`) },
      ]);
    },
  );

  it.each(['::/96', '::ffff:0:0/97', '::ffff:10.0.0.0/104', '8000::/1', '2002::/16', '::/128'])(
    'accepts %s, which has few or no IPv4 addresses in it',
    (word) => {
      expect(parseNetworks('p', word)).toMatchObject({ ok: true, value: [word] });
    },
  );
});
