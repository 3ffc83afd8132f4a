import { expect, test } from 'vitest';
import { classifyAddress, mayLead } from './address-class.ts';

test.each([
  ['8.8.8.8', 'public'],
  ['2001:4860:4860::8888', 'public'],
  ['10.1.2.3', 'private'],
  ['172.16.0.1', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'private'],
  ['198.18.0.1', 'private'],
  ['fd00::1', 'private'],
  ['127.0.0.1', 'loopback'],
  ['127.255.0.9', 'loopback'],
  ['::1', 'loopback'],
  ['169.254.169.253', 'inner'],
  ['169.254.169.254', 'metadata'],
  ['169.254.170.2', 'metadata'],
  ['169.254.170.23', 'metadata'],
  ['fd00:ec2::23', 'metadata'],
  ['fd00:ec2::254', 'metadata'],
  ['fd00:0ec2:0:0:0:0:0:0254', 'metadata'],
  ['fd20:ce::254', 'metadata'],
  ['100.100.100.200', 'metadata'],
  ['192.0.0.192', 'metadata'],
  ['168.63.129.16', 'metadata'],
  ['::ffff:168.63.129.16', 'metadata'],
  ['64:ff9b::a83f:8110', 'metadata'],
  ['2002:a83f:8110::1', 'metadata'],
  ['64:ff9b::100.100.100.200', 'metadata'],
  ['fe80::1%eth0', 'inner'],
  ['0.0.0.0', 'inner'],
  ['::', 'inner'],
  ['224.0.0.1', 'inner'],
  ['ff02::1', 'inner'],
  ['255.255.255.255', 'inner'],
  ['240.0.0.1', 'inner'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['::ffff:169.254.169.254', 'metadata'],
  ['::ffff:10.0.0.1', 'private'],
  ['64:ff9b::10.0.0.1', 'private'],
  ['64:ff9b::7f00:1', 'loopback'],
  ['64:ff9b::8.8.8.8', 'public'],
  ['2002:7f00:1::', 'loopback'],
  ['2002:a9fe:a9fe::1', 'metadata'],
  ['64:ff9b:1::1', 'inner'],
  ['::127.0.0.1', 'loopback'],
  ['fec0::1', 'inner'],
  ['not an address', 'inner'],
  ['', 'inner'],
])('%s is %s', (address, expected) => {
  expect(classifyAddress(address)).toBe(expected);
});

test('an upstream may lead to its own class and to more public ones, never to more private ones', () => {
  const classes = ['public', 'private', 'loopback', 'inner', 'metadata'] as const;
  const allowed = classes.map((from) => [from, classes.filter((to) => mayLead(from, to))]);
  expect(Object.fromEntries(allowed)).toEqual({
    public: ['public'],
    private: ['public', 'private'],
    loopback: ['public', 'private', 'loopback'],
    inner: ['public', 'private'],
    metadata: ['public', 'private'],
  });
});
