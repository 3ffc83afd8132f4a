import { X509Certificate } from 'node:crypto';
import { findNamesNotCovered } from '@registry-cache/config';
import { type CheckContext, type CheckOutcome, INPUT_IS_BROKEN, tried } from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';

export interface CertificateFacts {
  /** Its file. */
  readonly path: string;
  /** PEM: the certificate, its chain, perhaps a key. */
  readonly pem: string;
  /** Names that CERTIFICATE_NAMES asks for and the certificate lacks. */
  readonly missingNames: readonly string[];
  /** PEM certificates that this system trusts. */
  readonly systemCa: string;
  readonly nowMs: number;
}

export const DAY_MS = 86_400_000;
/** An error from here on, since somebody has to act today. */
const LAST_DAYS = 3;
export const DAYS_LEFT = 30;

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

export function findCertificateFaults(facts: CertificateFacts): Finding[] {
  const { path, pem, missingNames } = facts;
  const [leaf, ...chain] = parseCertificates(pem);
  if (leaf === undefined) return [];
  return [
    ...findEndFaults(path, leaf, facts.nowMs),
    ...(missingNames.length === 0
      ? []
      : [
          buildFinding('certificate-names', {
            subject: path,
            found: `no ${missingNames.join(', ')} among its names`,
          }),
        ]),
    ...(isChainWhole(leaf, chain, facts.systemCa)
      ? []
      : [
          buildFinding('certificate-chain', {
            subject: path,
            found: `no certificate of ${oneLine(leaf.issuer)}`,
          }),
        ]),
  ];
}

function findEndFaults(path: string, leaf: X509Certificate, nowMs: number): Finding[] {
  const leftMs = leaf.validToDate.getTime() - nowMs;
  const until = leaf.validToDate.toISOString();
  if (leaf.validFromDate.getTime() > nowMs) {
    const found = `a certificate that is valid from ${leaf.validFromDate.toISOString()} on`;
    return [buildFinding('certificate-early', { subject: path, found })];
  }
  if (leftMs <= 0) {
    const found = `a certificate that ended at ${until}`;
    return [buildFinding('certificate-ended', { subject: path, found })];
  }
  if (leftMs >= DAYS_LEFT * DAY_MS) return [];
  const severity = leftMs < LAST_DAYS * DAY_MS ? 'error' : undefined;
  const found = `a certificate that ends at ${until}`;
  return [buildFinding('certificate-ends', { subject: path, found, severity })];
}

/**
 * Whether clients can find the way to a root. A certificate that signs itself needs none. One that
 * does not say where its authority's certificate is (RFC 5280, 4.2.2.1) was issued by a private
 * root, as a rule, which clients know.
 */
function isChainWhole(
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
  systemCa: string,
): boolean {
  if (leaf.checkIssued(leaf) || chain.some((one) => leaf.checkIssued(one))) return true;
  if (!/CA Issuers/i.test(leaf.infoAccess ?? '')) return true;
  return parseCertificates(systemCa).some((root) => leaf.checkIssued(root));
}

/** Damaged ones are left out. */
export function parseCertificates(pem: string): X509Certificate[] {
  return [...pem.matchAll(BLOCK)].flatMap(([block]) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

export function oneLine(name: string): string {
  return name.split('\n').join(', ');
}

export async function checkCertificate({ model, now }: CheckContext): Promise<CheckOutcome> {
  if (model === undefined) return INPUT_IS_BROKEN;
  const { settings, certificate, connect, systemCa } = model;
  const nowMs = now();
  const own = findCertificateFaults({
    path: settings.CERTIFICATEPATH,
    pem: certificate,
    missingNames: findNamesNotCovered(model),
    systemCa,
    nowMs,
  });
  const [authority] = parseCertificates(connect?.authority.chainPem ?? '');
  const path = `${settings.CA_DIR}/ca.crt`;
  const ofProxy = authority === undefined ? [] : findEndFaults(path, authority, nowMs);
  const { validToDate } = new X509Certificate(certificate);
  return tried(`valid until ${validToDate.toISOString().slice(0, 10)}`, [...own, ...ofProxy]);
}
