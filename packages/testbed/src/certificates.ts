import { type CertificateAndKey, makeCertificate } from '@registry-cache/certificates';

const DAY_MS = 86_400_000;

/** The certificate of a server, and its key. */
export type ServerCertificate = CertificateAndKey;

export interface CertificateRequest {
  /** DNS names and IP addresses. The first one is also the subject. */
  readonly names: readonly string[];
  /** Days from now. Negative for an expired certificate. Default 30. */
  readonly days?: number;
}

export interface CertificateAuthority {
  /** The certificate that a client must trust. */
  readonly certificatePem: string;
  /** PKCS #8. */
  readonly keyPem: string;
  issue(request: CertificateRequest): Promise<ServerCertificate>;
}

/** Makes a private certificate authority with ECDSA keys, in memory. */
export async function createCertificateAuthority(
  name = 'testbed authority',
): Promise<CertificateAuthority> {
  const authority = await makeCertificate({
    commonName: name,
    isAuthority: true,
    ...validity(30),
  });
  return {
    ...authority,
    issue: ({ names, days = 30 }) =>
      makeCertificate({
        commonName: names[0] ?? 'unnamed',
        names,
        isForClients: true,
        issuer: authority,
        ...validity(days),
      }),
  };
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  const endMs = now + days * DAY_MS;
  return { notBefore: new Date(Math.min(now, endMs) - DAY_MS), notAfter: new Date(endMs) };
}
