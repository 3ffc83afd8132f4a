import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** A warning if clients would refuse the certificate under an address, else undefined. */
export function findUncovered(certificate: string, address: string): string | undefined {
  const leaf = new X509Certificate(certificate);
  const host = address.replace(/:\d+$/, '');
  const isCovered = isIP(host) > 0 ? leaf.checkIP(host) : leaf.checkHost(host);
  if (isCovered !== undefined) return undefined;
  return `the certificate is not for ${host} but for ${leaf.subjectAltName ?? 'no name'}; CERTIFICATE_NAMES adds names to a certificate that is made here`;
}
