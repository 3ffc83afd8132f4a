import { makeCertificate } from '@registry-cache/certificates';
import { describe, expect, it } from 'vitest';
import { ISSUED_PEM, ISSUER_PEM } from '../testing/issued-certificate.ts';
import { DAY_MS, findCertificateFaults } from './certificate.ts';
import { findIngressFaults } from './ingress.ts';
import { findInputFaults } from './inputs.ts';
import { findTrustedFaults } from './trusted.ts';

const NOW = Date.UTC(2026, 0, 1);
const idsOf = (findings: readonly { id: string }[]) => findings.map(({ id }) => id);
const make = (fromDays: number, toDays: number) =>
  makeCertificate({
    commonName: 'cache.test',
    names: ['cache.test'],
    notBefore: new Date(NOW + fromDays * DAY_MS),
    notAfter: new Date(NOW + toDays * DAY_MS),
  });

describe('findCertificateFaults', () => {
  const find = async (fromDays: number, toDays: number, missingNames: string[] = []) =>
    findCertificateFaults({
      path: '/certs/certs.pem',
      pem: (await make(fromDays, toDays)).certificatePem,
      missingNames,
      systemCa: '',
      nowMs: NOW,
    });

  it.each([
    [-10, 90, []],
    [-10, 29, [['certificate-ends', 'warning']]],
    [-10, 1, [['certificate-ends', 'error']]],
    [-10, -1, [['certificate-ended', 'error']]],
    [2, 90, [['certificate-early', 'error']]],
  ])('valid from day %i to day %i', async (fromDays, toDays, expected) => {
    const found = await find(fromDays, toDays);
    expect(found.map(({ id, severity }) => [id, severity])).toEqual(expected);
  });

  it('names the names that are missing', async () => {
    expect(await find(-1, 90, ['a.test', 'b.test'])).toMatchObject([
      { id: 'certificate-names', found: 'no a.test, b.test among its names' },
    ]);
  });

  it('misses the certificate of an authority that clients do not know by themselves', () => {
    const facts = { path: '/c', missingNames: [], nowMs: NOW };
    const find = (pem: string, systemCa = '') =>
      findCertificateFaults({ ...facts, pem, systemCa, nowMs: Date.now() });
    expect(find(ISSUED_PEM)).toMatchObject([
      { id: 'certificate-chain', found: 'no certificate of CN=testbed intermediate' },
    ]);
    expect(find(ISSUED_PEM + ISSUER_PEM)).toEqual([]);
    expect(find(ISSUED_PEM, ISSUER_PEM)).toEqual([]);
  });

  it('takes a damaged file for no certificate, which is an issue of the input', () => {
    const facts = { path: '/c', missingNames: [], systemCa: '', nowMs: NOW };
    expect(findCertificateFaults({ ...facts, pem: 'nothing' })).toEqual([]);
  });
});

describe('findTrustedFaults', () => {
  it('finds authorities and client certificates at their ends', async () => {
    const { certificatePem: ended } = await make(-10, -1);
    const { certificatePem: ending } = await make(-10, 20);
    const place = '/certs/upstream-ca.pem';
    const find = (kind: 'authority' | 'client', pem: string) =>
      idsOf(findTrustedFaults([{ kind, place, pem }], NOW));
    expect(find('authority', ended + ending)).toEqual(['authority-ended']);
    expect(find('client', ended)).toEqual(['client-certificate-ended']);
    expect(find('client', ending + ended)).toEqual(['client-certificate-ends']);
  });
});

describe('findInputFaults', () => {
  const none = { issues: [], leftOut: [], notices: [], cheapHashes: undefined, strayVariables: [] };

  it('finds nothing in good input', () => {
    expect(findInputFaults(none)).toEqual([]);
  });

  it('tells each fault by its place', () => {
    const issue = { path: '/pull-secret.json', found: 'text', accepted: 'JSON' };
    const findings = findInputFaults({
      issues: [issue],
      leftOut: [issue],
      notices: [{ path: 'auths["a"]', found: 'x', taken: 'anonymous' }],
      cheapHashes: 'bcrypt of a cost below 10',
      strayVariables: ['REGISTRY_PROXY_TTL'],
    });
    expect(findings.map(({ id, subject, found }) => [id, subject, found])).toEqual([
      ['input-broken', '/pull-secret.json', 'text'],
      ['entry-left-out', '/pull-secret.json', 'text'],
      ['input-odd', 'auths["a"]', 'x, taken as anonymous'],
      ['hash-cheap', 'htpasswd', 'bcrypt of a cost below 10'],
      ['variable-unread', 'REGISTRY_PROXY_TTL', 'a variable that nothing reads'],
    ]);
    expect(findings[0]?.accepted).toBe('JSON');
  });
});

describe('findIngressFaults', () => {
  const facts = { httpListen: ':5000', trustedProxies: [] as string[], hasLogin: true };

  it.each([
    [{}, ['passwords-in-clear']],
    [{ hasLogin: false }, []],
    [{ httpListen: '127.0.0.1:5000' }, []],
    [{ httpListen: '' }, []],
    [{ trustedProxies: ['10.0.0.0/8'] }, []],
    [{ trustedProxies: ['0.0.0.0/0'] }, ['proxies-everybody']],
  ])('%j', (changes, ids) => {
    expect(idsOf(findIngressFaults({ ...facts, ...changes }))).toEqual(ids);
  });
});
