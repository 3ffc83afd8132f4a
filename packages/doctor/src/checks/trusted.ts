import type { Model } from '@registry-cache/config';
import { type CheckContext, type CheckOutcome, INPUT_IS_BROKEN, tried } from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';
import { DAY_MS, DAYS_LEFT, oneLine, parseCertificates } from './certificate.ts';

/** A certificate that somebody else has to accept, or that is trusted here. */
export interface TrustedFacts {
  readonly kind: 'authority' | 'client';
  /** The file or the part of the policy. */
  readonly place: string;
  readonly pem: string;
}

export function findTrustedFaults(all: readonly TrustedFacts[], nowMs: number): Finding[] {
  return all.flatMap(({ kind, place, pem }) => {
    // Of a client's certificate its own end counts, and not those of its chain.
    const certificates = parseCertificates(pem).slice(0, kind === 'client' ? 1 : undefined);
    return certificates.flatMap(({ subject, validToDate }) => {
      const leftMs = validToDate.getTime() - nowMs;
      const until = validToDate.toISOString();
      const name = oneLine(subject);
      if (leftMs <= 0) {
        const id = kind === 'client' ? 'client-certificate-ended' : 'authority-ended';
        return [buildFinding(id, { subject: place, found: `${name}, ended at ${until}` })];
      }
      if (kind === 'authority' || leftMs >= DAYS_LEFT * DAY_MS) return [];
      const found = `${name}, ends at ${until}`;
      return [buildFinding('client-certificate-ends', { subject: place, found })];
    });
  });
}

export async function checkTrusted({ model, now }: CheckContext): Promise<CheckOutcome> {
  if (model === undefined) return INPUT_IS_BROKEN;
  const facts = listTrusted(model);
  const count = facts.flatMap(({ pem }) => parseCertificates(pem)).length;
  return tried(`${count} certificates besides the system's`, findTrustedFaults(facts, now()));
}

function listTrusted({ settings, upstreams, upstreamCa, forwardCa }: Model): TrustedFacts[] {
  const { UPSTREAM_CA_PATH, LOG_FORWARD_CA_PATH, POLICYPATH } = settings;
  const known = new Set(parseCertificates(upstreamCa).map(({ fingerprint256 }) => fingerprint256));
  return [
    { kind: 'authority', place: UPSTREAM_CA_PATH, pem: upstreamCa },
    ...(LOG_FORWARD_CA_PATH === ''
      ? []
      : [{ kind: 'authority' as const, place: LOG_FORWARD_CA_PATH, pem: forwardCa }]),
    ...upstreams.flatMap(({ key, ca, clientCertificate }) => {
      // The upstream's own authorities are followed by those for every upstream.
      const own = parseCertificates(ca).filter((one) => !known.has(one.fingerprint256));
      const place = `${POLICYPATH} upstreams[${JSON.stringify(key)}]`;
      return [
        { kind: 'authority' as const, place: `${place}.ca`, pem: own.map(String).join('\n') },
        ...(clientCertificate === undefined
          ? []
          : [
              {
                kind: 'client' as const,
                place: `${place}.clientCertificate`,
                pem: clientCertificate.cert,
              },
            ]),
      ];
    }),
  ];
}
