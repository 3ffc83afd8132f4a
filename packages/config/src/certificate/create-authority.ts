import { randomBytes } from 'node:crypto';
import { type CertificateAndKey, makeCertificate } from '@registry-cache/certificates';

const DAY_MS = 86_400_000;
/** Long, since replacing it means a visit to each client that trusts it. */
const LIFETIME_DAYS = 3650;

/** An authority of its own name. It signs for hosts, and for no other authority. */
export function createAuthority(now: Date): Promise<CertificateAndKey> {
  return makeCertificate({
    // One client may trust two appliances, and it looks authorities up by name.
    commonName: `registry-cache authority ${randomBytes(4).toString('hex')}`,
    isAuthority: true,
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + LIFETIME_DAYS * DAY_MS),
  });
}
