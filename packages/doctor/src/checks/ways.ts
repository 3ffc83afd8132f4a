import type { ProbeFailure } from '@registry-cache/egress/probe';
import {
  type CheckContext,
  type CheckOutcome,
  INPUT_IS_BROKEN,
  NOBODY_REACHED,
  tried,
} from '../check.ts';
import type { FaultId } from '../faults/faults.ts';
import { buildFinding, type Finding } from '../finding.ts';
import type { TriedRegistry } from '../registries/try-registries.ts';

/** The codes of Node.js and OpenSSL 3 for what can be wrong with a handshake. */
const TLS_FAULTS: readonly [RegExp, FaultId][] = [
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'tls-name'],
  [/^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/, 'tls-ended'],
  [
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE)$/,
    'tls-untrusted',
  ],
  [/^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/, 'tls-plain'],
  [/^ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED$/, 'tls-old'],
  [
    /^ERR_SSL_(?:TLSV13_ALERT_CERTIFICATE_REQUIRED|TLSV1_ALERT_UNKNOWN_CA|SSLV3_ALERT_BAD_CERTIFICATE|SSL\/TLS_ALERT_BAD_CERTIFICATE|SSLV3_ALERT_HANDSHAKE_FAILURE|SSL\/TLS_ALERT_HANDSHAKE_FAILURE)$/,
    'tls-client',
  ],
];

/** Why no registry answers at the end of a way, or something else does. */
export function findWayFaults(registries: readonly TriedRegistry[]): Finding[] {
  const findings = registries.flatMap((one) => findFault(one) ?? []);
  // One proxy leads to many registries.
  const keys = findings.map(({ id, subject }) => `${id} ${subject}`);
  return findings.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
}

function findFault(registry: TriedRegistry): Finding | undefined {
  const { name, origin, first } = registry;
  if (first.kind === 'failure') return findFailure(registry, first);
  const found = `${first.status} from ${origin}/v2/`;
  if (first.isPage)
    return buildFinding('answer-page', { subject: name, found: `${found}, a page` });
  if (first.status === 429) return buildFinding('answer-busy', { subject: name, found });
  if (first.status === 401 || first.status < 400) return undefined;
  // Some registries serve content all the same.
  const severity = first.status < 500 ? 'warning' : undefined;
  return buildFinding('answer-error', { subject: name, found, severity });
}

function findFailure(registry: TriedRegistry, failure: ProbeFailure): Finding | undefined {
  const { name, origin, proxy, reached } = registry;
  const { phase, message, timedOut, code } = failure;
  const at = { subject: name, found: message };
  if (phase === 'resolve') return undefined;
  if (phase === 'connect' && proxy !== undefined) {
    const outcome = reached.find(({ outcome: one }) => one !== 'open')?.outcome ?? code;
    const found = `no connection (${outcome})`;
    return buildFinding('proxy-silent', { subject: `the outbound proxy ${proxy}`, found });
  }
  if (phase === 'connect' && timedOut) {
    const isTls = origin.startsWith('https:') && reached.some(({ outcome }) => outcome === 'open');
    return isTls ? undefined : buildFinding('connection-silent', at);
  }
  if (phase === 'connect') {
    return buildFinding(code === 'ECONNREFUSED' ? 'connection-refused' : 'no-route', at);
  }
  if (phase === 'proxy') return buildFinding('proxy-refused', at);
  if (phase === 'guard') return buildFinding('address-forbidden', at);
  if (phase !== 'tls') return buildFinding('answer-silent', at);
  const id = TLS_FAULTS.find(([pattern]) => pattern.test(code))?.[1] ?? 'tls-failed';
  return buildFinding(id, at);
}

export async function checkWays({ probe, registries }: CheckContext): Promise<CheckOutcome> {
  if (probe === undefined) return INPUT_IS_BROKEN;
  const all = await registries();
  const count = all.filter(({ first }) => first.kind === 'answer').length;
  const faults = findWayFaults(all);
  // The check of names, or that of the MTU, has told why.
  if (count === 0 && all.length > 0 && faults.length === 0) return NOBODY_REACHED;
  return tried(`${count} of ${all.length} registries and mirrors answer`, faults);
}
