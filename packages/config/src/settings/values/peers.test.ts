import { unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { parsePeers } from './peers.ts';

describe('parsePeers', () => {
  it('reads a name behind which all replicas are', () => {
    expect(unwrap(parsePeers('PEERS', 'dns:peers.images.svc.cluster.local:8444'))).toEqual({
      kind: 'dns',
      name: 'peers.images.svc.cluster.local',
      port: 8444,
    });
  });

  it('reads a list of addresses', () => {
    expect(unwrap(parsePeers('PEERS', ' 10.0.0.1:8444  [fd00::1]:8444 '))).toEqual({
      kind: 'list',
      addresses: ['10.0.0.1:8444', '[fd00::1]:8444'],
    });
  });

  it('takes an empty text for no peers', () => {
    expect(unwrap(parsePeers('PEERS', ' '))).toEqual({ kind: 'none' });
  });

  it.each([
    'peers.example.com:8444',
    'dns:10.0.0.1:8444',
    'dns:peers',
    'dns:peers:0',
    'dns:peers:70000',
    'dns:a..b:8444',
    'dns:peers:8444 10.0.0.1:8444',
    '10.0.0.1',
    'fd00::1:8444',
    '10.0.0.300:8444',
    '10.0.0.1:8444 10.0.0.1:8444',
    '[fd00::1]:8444 [FD00:0::1]:8444',
  ])('refuses %j', (text) => {
    expect(parsePeers('PEERS', text).ok).toBe(false);
  });

  it.each([
    '127.0.0.1:8444',
    '127.9.9.9:8444',
    '0.0.0.0:8444',
    '169.254.1.1:8444',
    '224.0.0.1:8444',
    '255.255.255.255:8444',
    '[::]:8444',
    '[::1]:8444',
    '[::ffff:127.0.0.1]:8444',
    '[fe80::1]:8444',
    '[ff02::1]:8444',
  ])('refuses %j, which no other replica can reach', (text) => {
    const parsed = parsePeers('PEERS', `10.0.0.1:8444 ${text}`);
    expect(parsed.ok ? [] : parsed.issues.map(({ found }) => found)).toEqual([
      `${JSON.stringify(text)}, which no other replica can reach`,
    ]);
  });
});
