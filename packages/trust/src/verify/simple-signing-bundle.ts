import { createHash, X509Certificate } from 'node:crypto';
import { asObject } from '@registry-cache/domain';
import type { Bundle } from '@sigstore/bundle';
import type { SimpleSigning } from '../find/evidence.ts';
import { RefusedSignature } from '../verdict.ts';
import { readBundle } from './parse-bundle.ts';

/** The annotations of cosign's older form. Source: cosign, specs/SIGNATURE_SPEC.md. */
export const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const LOG_ENTRY = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

/**
 * Writes a signature of cosign's older form as a Sigstore bundle, so that one verifier serves both.
 * @throws RefusedSignature if it has no certificate, or cannot be read.
 */
export function simpleSigningBundle({ payload, annotations }: SimpleSigning): Promise<Bundle> {
  const certificate = readCertificate(annotations[CERTIFICATE]);
  const timestamp = parse(annotations[TIMESTAMP]).SignedRFC3161Timestamp;
  return readBundle({
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: {
      x509CertificateChain: { certificates: [{ rawBytes: certificate.toString('base64') }] },
      tlogEntries: logEntries(annotations[LOG_ENTRY]),
      timestampVerificationData: {
        rfc3161Timestamps: timestamp === undefined ? [] : [{ signedTimestamp: timestamp }],
      },
    },
    messageSignature: {
      messageDigest: {
        algorithm: 'SHA2_256',
        digest: createHash('sha256').update(payload).digest('base64'),
      },
      signature: annotations[SIGNATURE],
    },
  });
}

function readCertificate(pem: string | undefined): Buffer {
  if (pem === undefined || pem === '') {
    throw new RefusedSignature('wrong-key', 'its signature has no certificate');
  }
  try {
    return new X509Certificate(pem).raw;
  } catch {
    throw new RefusedSignature('garbage', 'the certificate of its signature is not PEM');
  }
}

/** The entry of the log, as cosign keeps it in an annotation. */
function logEntries(annotation: string | undefined): unknown[] {
  if (annotation === undefined) return [];
  const { SignedEntryTimestamp: signedEntryTimestamp, Payload } = parse(annotation);
  const { body, integratedTime, logIndex, logID } = asObject(Payload);
  const { kind, apiVersion } = parse(Buffer.from(String(body), 'base64').toString('utf8'));
  return [
    {
      logIndex: String(logIndex),
      logId: { keyId: Buffer.from(String(logID), 'hex').toString('base64') },
      kindVersion: { kind, version: apiVersion },
      integratedTime: String(integratedTime),
      inclusionPromise: { signedEntryTimestamp },
      canonicalizedBody: body,
    },
  ];
}

function parse(json: string | undefined): Record<string, unknown> {
  if (json === undefined) return {};
  try {
    return asObject(JSON.parse(json));
  } catch {
    throw new RefusedSignature('garbage', 'an annotation of its signature is not JSON');
  }
}
