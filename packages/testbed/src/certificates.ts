// @peculiar/x509 registers its parts through Reflect metadata, so that must load before it.
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

const DAY_MS = 86_400_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface ServerCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

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
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(30),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificatePem: pemOf(certificate),
    keyPem: await exportKey(keys.privateKey),
    issue: (request) => issueCertificate(certificate, keys.privateKey, request),
  };
}

async function issueCertificate(
  issuer: x509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
  { names, days = 30 }: CertificateRequest,
): Promise<ServerCertificate> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [names[0] ?? 'unnamed'] }],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    ...validity(days),
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return {
    certificatePem: pemOf(certificate),
    keyPem: await exportKey(keys.privateKey),
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const pem = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
  return `${pem}\n`;
}

/** Ends with a line break, so that PEM texts can be put one after the other. */
function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  const endMs = now + days * DAY_MS;
  return { notBefore: new Date(Math.min(now, endMs) - DAY_MS), notAfter: new Date(endMs) };
}
