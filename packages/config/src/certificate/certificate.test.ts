import { X509Certificate } from 'node:crypto';
import { formatIssue } from '@registry-cache/domain';
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

describe('parseServerCertificate with a key file', () => {
  const KEY = '/certs/tls.key';
  const parsePair = (text: string, key: string) =>
    parseServerCertificate(FILE, text, { file: KEY, text: key });

  it('takes the key from its file, and leaves out a key beside the certificate', () => {
    const expected = `${certificateOf(one)}${keyOf(one)}`;
    for (const text of [certificateOf(one), one, keyOf(other) + certificateOf(one)]) {
      const parsed = parsePair(text, keyOf(one));
      expect(parsed.ok && parsed.value.pem).toBe(expected);
    }
  });

  it('takes only the key from the key file', () => {
    const parsed = parsePair(certificateOf(one), other.replace(keyOf(other), keyOf(one)));
    expect(parsed.ok && parsed.value.pem).not.toContain(certificateOf(other).trim());
  });

  it('names both files and the fault', () => {
    const faultOf = (text: string, key: string) => {
      const parsed = parsePair(text, key);
      return parsed.ok ? 'good' : parsed.issues.map(formatIssue).join();
    };
    const accepted =
      'accepted: a PEM file with a certificate, and another with its private key, unencrypted';
    const line = (found: string) =>
      `/certs/certs.pem with /certs/tls.key: found ${found}; ${accepted}`;
    expect(faultOf(one, keyOf(other))).toBe(
      line("a private key that is not the first certificate's"),
    );
    expect(faultOf(one, certificateOf(one))).toBe(line('no private key'));
    expect(faultOf(keyOf(one), one)).toBe(line('no certificate'));
    expect(faultOf(one, keyOf(one) + keyOf(other))).toBe(line('several private keys'));
  });
});

describe('parseAuthorities', () => {
  it('keeps certificates only', () => {
    const parsed = parseAuthorities('/ca.pem', `# comment\n${certificateOf(one)}`);
    expect(parsed.ok && parsed.value).not.toContain('comment');
    expect(parseAuthorities('/ca.pem', 'nothing').ok).toBe(false);
  });
});
