import { makeCertificate } from '@registry-cache/certificates';
import { expect, test } from 'vitest';
import { describeCertificate } from './certificate.ts';

test('tells when the certificate ends, in seconds since the epoch', async () => {
  const { certificatePem: certificate } = await makeCertificate({
    commonName: 'cache',
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2027-03-04T05:06:07Z'),
  });
  const [metric] = describeCertificate({ certificate });
  expect(metric?.name).toBe('registry_cache_certificate_not_after_timestamp_seconds');
  expect(metric?.value).toBe(Date.UTC(2027, 2, 4, 5, 6, 7) / 1000);
});
