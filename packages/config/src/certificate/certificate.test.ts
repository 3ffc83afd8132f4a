import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createServerCertificate } from './create-server.ts';
import { parseAuthorities, parseServerCertificate } from './parse.ts';

const FILE = '/certs/certs.pem';
let one: string;
let other: string;

beforeAll(async () => {
  one = await createServerCertificate(['cache.test', '127.0.0.1', '::1'], new Date());
  other = await createServerCertificate(['other.test'], new Date());
});

const certificateOf = (pem: string) => pem.slice(0, pem.indexOf('-----BEGIN PRIVATE'));
const keyOf = (pem: string) => pem.slice(pem.indexOf('-----BEGIN PRIVATE'));
const foundIn = (text: string) => {
  const parsed = parseServerCertificate(FILE, text);
  return parsed.ok ? 'good' : parsed.issues[0]?.found;
};

describe('createServerCertificate', () => {
  it('makes an ECDSA certificate that covers host names and addresses and signs itself', () => {
    const certificate = new X509Certificate(one);
    expect(certificate.checkHost('cache.test')).toBe('cache.test');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('::1')).toBeDefined();
    expect(certificate.publicKey.asymmetricKeyType).toBe('ec');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  it('makes a certificate that the parser accepts', () => {
    expect(foundIn(one)).toBe('good');
  });
});

describe('parseServerCertificate', () => {
  it('accepts the key before the certificate, and a chain', () => {
    expect(foundIn(keyOf(one) + certificateOf(one))).toBe('good');
    expect(foundIn(one + certificateOf(other))).toBe('good');
  });

  it('names the fault', () => {
    expect(foundIn('')).toBe('no certificate');
    expect(foundIn(certificateOf(one))).toBe('no private key');
    expect(foundIn(keyOf(one))).toBe('no certificate');
    expect(foundIn(certificateOf(one) + keyOf(other))).toContain("not the first certificate's");
    expect(foundIn(one + keyOf(other))).toBe('several private keys');
    expect(foundIn(one.replace(/MII/, 'AAA'))).toBe('a damaged certificate');
  });
});

describe('parseAuthorities', () => {
  it('keeps certificates only', () => {
    const parsed = parseAuthorities('/ca.pem', `# comment\n${certificateOf(one)}`);
    expect(parsed.ok && parsed.value).not.toContain('comment');
    expect(parseAuthorities('/ca.pem', 'nothing').ok).toBe(false);
  });
});
