import { describe, expect, it } from 'vitest';
import { failingRegistry, wellRegistry } from '../testing/registry.ts';
import { findClockFaults } from './clock.ts';
import { findFamilyFaults } from './ipv6.ts';
import { findMtuFaults } from './mtu.ts';
import { findNameFaults } from './names.ts';

const idsOf = (findings: readonly { id: string }[]) => findings.map(({ id }) => id);

describe('findClockFaults', () => {
  it('finds nothing while clocks differ by less than a minute', () => {
    expect(findClockFaults([{ name: 'a', aheadMs: 59_000 }])).toEqual([]);
  });

  it('blames our clock where most others differ from it', () => {
    const [finding, ...rest] = findClockFaults([
      { name: 'a', aheadMs: 7_200_000 },
      { name: 'b', aheadMs: 7_201_000 },
      { name: 'c', aheadMs: 100 },
    ]);
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({
      id: 'clock-off',
      severity: 'error',
      found: 'a clock that is 2h1s behind that of a, b',
      link: 'docs/doctor.md#clock-off',
    });
    expect(finding?.advice).toContain('timedatectl');
  });

  it('blames the clock of a registry that differs alone', () => {
    const clocks = [
      { name: 'a', aheadMs: -120_000 },
      { name: 'b', aheadMs: 0 },
    ];
    expect(findClockFaults(clocks)).toMatchObject([
      { id: 'upstream-clock-off', subject: 'a', found: 'a clock that is 2m behind ours' },
    ]);
  });
});

describe('findNameFaults', () => {
  const named = (failure: string | undefined, tookMs = 3) =>
    wellRegistry({ lookup: { host: 'reg.test', addresses: [], tookMs, failure } });

  it.each([
    ['ENOTFOUND', 'name-unknown', 'no address (ENOTFOUND)'],
    ['late', 'name-silent', 'no answer within 6s'],
    ['EAI_AGAIN', 'name-silent', 'no answer (EAI_AGAIN)'],
  ])('names the failure %s', (failure, id, found) => {
    expect(findNameFaults([named(failure, 6_000)])).toMatchObject([
      { id, found, subject: 'reg.test' },
    ]);
  });

  it('finds a name server that is slow, and none that is not', () => {
    expect(idsOf(findNameFaults([named(undefined, 2_500)]))).toEqual(['name-slow']);
    expect(findNameFaults([named(undefined, 2_000)])).toEqual([]);
  });

  it('names each host once, with the registries behind it', () => {
    const lookup = { host: 'lost.test', addresses: [], tookMs: 1, failure: 'ENOTFOUND' };
    const two = ['a.test', 'b.test'].map((name) => wellRegistry({ name, lookup }));
    expect(findNameFaults(two)).toMatchObject([{ subject: 'lost.test of a.test, b.test' }]);
    const proxied = two.map((one) => ({ ...one, proxy: 'lost.test:3128' }));
    expect(findNameFaults(proxied)).toMatchObject([{ subject: 'the outbound proxy lost.test' }]);
  });

  it('looks up no address', () => {
    const lookup = { host: '192.0.2.1', addresses: [], tookMs: 9_000, failure: undefined };
    expect(findNameFaults([wellRegistry({ lookup })])).toEqual([]);
  });
});

describe('findMtuFaults', () => {
  const interfaces = [{ name: 'eth0', mtu: 1500 }];
  const stalled = { phase: 'connect', timedOut: true } as const;

  it('tells large packets that are dropped from a host that is silent', () => {
    const [drops] = findMtuFaults([failingRegistry(stalled, { answersSmall: true })], interfaces);
    expect(drops).toMatchObject({ id: 'mtu-drops', found: expect.stringContaining('eth0 1500') });
    const silent = failingRegistry(stalled, { answersSmall: false });
    expect(idsOf(findMtuFaults([silent], interfaces))).toEqual(['tls-silent']);
    expect(findMtuFaults([wellRegistry()], interfaces)).toEqual([]);
  });
});

describe('findFamilyFaults', () => {
  const reach = (v4: string, v6: string) => ({
    name: 'reg.test',
    reached: [
      { address: '192.0.2.1', port: 443, family: 4, outcome: v4 },
      { address: '2001:db8::1', port: 443, family: 6, outcome: v6 },
    ],
  });

  it.each([
    ['open', 'late', ['ipv6-black-hole']],
    ['late', 'open', ['ipv4-black-hole']],
    ['open', 'ENETUNREACH', []],
    ['open', 'open', []],
    ['late', 'late', []],
  ])('IPv4 %s and IPv6 %s', (v4, v6, ids) => {
    expect(idsOf(findFamilyFaults([reach(v4, v6)]))).toEqual(ids);
  });
});
