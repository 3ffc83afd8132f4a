import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from './certificates.ts';

test('a server certificate is signed by its authority, for its names and addresses', async () => {
  const authority = await createCertificateAuthority();
  const issued = await authority.issue({ names: ['cache.test', '127.0.0.1'] });
  const certificate = new X509Certificate(issued.certificatePem);
  expect(certificate.checkIssued(new X509Certificate(authority.certificatePem))).toBe(true);
  expect(certificate.checkHost('cache.test')).toBe('cache.test');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
});

test('an expired certificate can be issued', async () => {
  const authority = await createCertificateAuthority();
  const { certificatePem } = await authority.issue({ names: ['old.test'], days: -1 });
  expect(new X509Certificate(certificatePem).validToDate.getTime()).toBeLessThan(Date.now());
});
