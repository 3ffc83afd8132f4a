import { X509Certificate } from 'node:crypto';
import type { Metric } from '@registry-cache/runtime';
import type { Model } from '../model/build.ts';

/** When the certificate ends that every connection shows. */
export function describeCertificate({ certificate }: Pick<Model, 'certificate'>): Metric[] {
  const { validTo } = new X509Certificate(certificate);
  const name = 'registry_cache_certificate_not_after_timestamp_seconds';
  return [{ name, value: Date.parse(validTo) / 1000 }];
}
