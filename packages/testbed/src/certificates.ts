import { type CertificateAndKey, makeCertificate } from '@registry-cache/certificates';

const DAY_MS = 86_400_000;

/** The certificate of a server, and its key. */
export type ServerCertificate = CertificateAndKey;

export interface CertificateRequest {
  /** DNS names and IP addresses; the first is the subject as well. */
  readonly names: readonly string[];
  /** From now; negative for one that has expired. Default 30. */
  readonly days?: number;
}

export interface CertificateAuthority {
  /** What a client must trust. */
  readonly certificatePem: string;
  /** PKCS #8. */
  readonly keyPem: string;
  issue(request: CertificateRequest): Promise<ServerCertificate>;
}

/** A private certificate authority with ECDSA keys, made anew and kept in memory. */
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
