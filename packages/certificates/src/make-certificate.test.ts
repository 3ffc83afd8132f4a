import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { makeCertificate } from './make-certificate.ts';

const DAY_MS = 86_400_000;
const now = Date.now();
const days = (count: number) => ({
  notBefore: new Date(now - DAY_MS),
  notAfter: new Date(now + count * DAY_MS),
});

it('makes an authority, and a certificate that it signs for names and addresses', async () => {
  const issuer = await makeCertificate({ commonName: 'one', isAuthority: true, ...days(2) });
  const names = ['cache.test', '127.0.0.1', '[::1]'];
  const made = await makeCertificate({ commonName: 'two', names, issuer, ...days(1) });
  const leaf = new X509Certificate(made.certificatePem);
  expect(leaf.subjectAltName).toBe(
    'DNS:cache.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  );
  expect(leaf.checkIssued(new X509Certificate(issuer.certificatePem))).toBe(true);
  expect(leaf.checkPrivateKey(createPrivateKey(made.keyPem))).toBe(true);
  expect([leaf.ca, leaf.subject, leaf.issuer]).toEqual([false, 'CN=two', 'CN=one']);
});

it('ends a certificate with its issuer at the latest', async () => {
  const issuer = await makeCertificate({ commonName: 'one', isAuthority: true, ...days(2) });
  const names = ['cache.test'];
  const made = await makeCertificate({ commonName: 'two', names, issuer, ...days(9) });
  const [leaf, signer] = [made, issuer].map(
    ({ certificatePem }) => new X509Certificate(certificatePem),
  );
  expect(leaf?.validTo).toBe(signer?.validTo);
});
