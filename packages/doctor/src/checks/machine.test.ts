import { parseSettings } from '@registry-cache/config';
import { describe, expect, it } from 'vitest';
import { type DiskFacts, findDiskFaults } from './disk.ts';
import { findMachineFaults } from './machine.ts';
import { findPortFaults, listListeners } from './ports.ts';

const GIB = 1024 ** 3;
const idsOf = (findings: readonly { id: string }[]) => findings.map(({ id }) => id);

describe('findDiskFaults', () => {
  const well: DiskFacts = {
    root: '/var/lib/registry',
    maxSizeBytes: 10 * GIB,
    thresholdPercentage: 20,
    minFree: { bytes: GIB, percent: 5 },
    totalBytes: 100 * GIB,
    freeBytes: 50 * GIB,
    inodes: 1000,
    freeInodes: 500,
    storeBytes: undefined,
    isReadOnly: false,
    write: 'done',
    foreignFolders: [],
  };
  const file = (code: string) => ({ write: { kind: 'file', code } as const });
  const link = (code: string) => ({ write: { kind: 'link', code } as const });

  it.each<[string, Partial<DiskFacts>, string[]]>([
    ['nothing', {}, []],
    ['a mount that is read-only', { isReadOnly: true }, ['store-read-only']],
    ['a filesystem that became read-only', file('EROFS'), ['store-read-only']],
    ['no inodes', { freeInodes: 0, ...file('ENOSPC') }, ['inodes-gone']],
    ['a filesystem that counts no inodes', { inodes: 0, freeInodes: 0 }, []],
    ['a full disk', { freeBytes: 4096, ...file('ENOSPC') }, ['disk-full']],
    ['a full disk that was not written to', { freeBytes: 0, write: 'not tried' }, ['disk-full']],
    ['a quota', file('EDQUOT'), ['disk-full']],
    ['another owner', file('EACCES'), ['store-forbidden']],
    ['no links', link('EPERM'), ['store-no-links']],
    ['a disk below the limit', { totalBytes: 12 * GIB }, ['disk-small']],
    ['other files', { freeBytes: 5 * GIB, storeBytes: GIB }, ['disk-small']],
    ['a store at its limit', { freeBytes: 4 * GIB, storeBytes: 10 * GIB }, []],
    ['a disk within a disk', { foreignFolders: ['/var/lib/registry/blobs'] }, ['store-split']],
  ])('%s', (_, changes, ids) => {
    expect(idsOf(findDiskFaults({ ...well, ...changes }))).toEqual(ids);
  });

  it('tells how much room is needed', () => {
    expect(findDiskFaults({ ...well, totalBytes: 8 * GIB })).toMatchObject(
      [{ severity: 'warning', found: 'room for 8 GiB', accepted: /^room for 12.4 GiB/ }].map(
        (one) => ({ ...one, accepted: expect.stringMatching(one.accepted) }),
      ),
    );
  });
});

describe('findMachineFaults', () => {
  const well = { memoryBytes: GIB, openFiles: 65_536, killed: 0, maxProcesses: undefined };

  it.each([
    [{}, []],
    [{ memoryBytes: GIB / 4 }, ['memory-small']],
    [{ killed: 2 }, ['memory-killed']],
    [{ openFiles: 1024 }, ['open-files-few']],
    [{ maxProcesses: 64 }, ['processes-few']],
    [{ killed: undefined, maxProcesses: 2048 }, []],
  ])('%j', (changes, ids) => {
    expect(idsOf(findMachineFaults({ ...well, ...changes }))).toEqual(ids);
  });
});

describe('findPortFaults', () => {
  it.each([
    ['EADDRINUSE', ['port-taken']],
    ['EACCES', ['port-forbidden']],
    ['EADDRNOTAVAIL', ['address-foreign']],
    ['free', []],
    ['own', []],
  ])('%s', (outcome, ids) => {
    const listener = {
      name: 'HTTP_LISTEN',
      address: ':5000',
      program: 'haproxy',
      outcome,
    } as const;
    const findings = findPortFaults([listener]);
    expect(idsOf(findings)).toEqual(ids);
    for (const { subject } of findings) expect(subject).toBe('HTTP_LISTEN :5000');
  });
});

describe('listListeners', () => {
  it('has every listener that is on', () => {
    const parsed = parseSettings({ ADMIN_LISTEN: ':8445' });
    if (!parsed.ok) throw new Error('the settings are good');
    const addresses = (hasProxy: boolean) =>
      listListeners(parsed.value, hasProxy).map(({ name, address }) => `${name} ${address}`);
    const always = [
      ...['the TLS port :8443', 'EGRESS_PORT 127.0.0.1:5001', 'HEALTH_LISTEN 127.0.0.1:8081'],
    ];
    expect(addresses(false)).toEqual([...always, 'ADMIN_LISTEN :8445']);
    expect(addresses(true)).toEqual([...always, 'CONNECT_LISTEN :3128', 'ADMIN_LISTEN :8445']);
  });
});
