import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { initializeCA, initializeCTLog, initializeTLog, initializeTSA } from '@sigstore/mock';
import { HashAlgorithm, PublicKeyDetails, TrustedRoot } from '@sigstore/protobuf-specs';
import type { LogRecord, Sign, ToSign } from './signers.ts';

const ISSUER_OID = '1.3.6.1.4.1.57264.1.8';
const SHA256_OID = '2.16.840.1.101.3.4.2.1';
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export interface Authority {
  /** JSON of its `trusted_root.json`. */
  readonly root: string;
  /** Makes signatures with a certificate for this identity. */
  signAs(identity: string, issuer: string, options?: SigningTimes): Sign;
}

export interface SigningTimes {
  /** The log's entry: at the time of the certificate, an hour later, or none. */
  readonly log?: 'in time' | 'late' | 'none';
  /** The same for a timestamp by RFC 3161. Default: none. */
  readonly timestamp?: 'in time' | 'late' | 'none';
  /** False for a certificate that no log of certificates has seen. */
  readonly hasSct?: boolean;
}

/**
 * A certificate authority, its logs and its time-stamp authority. Its certificates are valid in two
 * hours, for ten minutes, so none is valid now. (The roots of the mock are valid from now on.)
 */
export async function createAuthority(): Promise<Authority> {
  const keys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // Logs count in seconds.
  const then = new Date(Math.floor(Date.now() / 1000) * 1000 + 2 * HOUR_MS);
  const soon = new Date(then.getTime() + MINUTE_MS);
  const later = new Date(then.getTime() + HOUR_MS);
  const ctLog = await initializeCTLog(keys(), then);
  const caKeys = keys();
  const ca = await initializeCA(caKeys, ctLog, then);
  const blindCa = await initializeCA(caKeys, undefined, then);
  const logKeys = keys();
  const host = 'https://log.test';
  const logs = {
    'in time': await initializeTLog(host, logKeys, soon),
    late: await initializeTLog(host, logKeys, later),
  };
  const tsas = {
    'in time': await initializeTSA(keys(), soon),
    late: await initializeTSA(keys(), later),
  };
  const validFor = { start: new Date(then.getTime() - 3 * HOUR_MS), end: undefined };
  const log = (baseUrl: string, rawBytes: Buffer, keyId: Buffer) => ({
    baseUrl,
    hashAlgorithm: HashAlgorithm.SHA2_256,
    publicKey: {
      rawBytes,
      keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256,
      validFor,
    },
    logId: { keyId },
    checkpointKeyId: undefined,
    operator: '',
  });
  const authority = (...certificates: ArrayBufferView[]) => ({
    subject: { organization: 'test', commonName: 'test' },
    uri: '',
    certChain: { certificates: certificates.map((one) => ({ rawBytes: bytesOf(one) })) },
    validFor,
    operator: '',
  });
  const { publicKey } = logs.late;
  const root = TrustedRoot.toJSON({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [log(host, publicKey, createHash('sha256').update(publicKey).digest())],
    ctlogs: [log('https://ct.test', ctLog.publicKey, bytesOf(ctLog.logID))],
    certificateAuthorities: [authority(ca.rootCertificate)],
    timestampAuthorities: Object.values(tsas).map((tsa) =>
      authority(tsa.intCertificate, tsa.rootCertificate),
    ),
  });
  return {
    root: JSON.stringify(root),
    signAs:
      (identity, issuer, times = {}) =>
      async (content) => {
        const pair = keys();
        const der = await (times.hasSct === false ? blindCa : ca).issueCertificate({
          publicKey: pair.publicKey.export({ type: 'spki', format: 'der' }),
          subjectAltName: identity,
          extensions: [{ oid: ISSUER_OID, value: issuer }],
        });
        const body = bytesOf(der).toString('base64');
        const certificate = `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
        const signature = sign('sha256', content.data, pair.privateKey);
        const { log: logTime = 'in time', timestamp = 'none' } = times;
        const entry = proposedEntry(content, signature, certificate);
        const record = logTime === 'none' ? undefined : await logs[logTime].log(entry);
        const stamp =
          timestamp === 'none'
            ? []
            : [
                await tsas[timestamp].timestamp({
                  artifactHash: createHash('sha256').update(signature).digest(),
                  hashAlgorithmOID: SHA256_OID,
                  nonce: 1,
                  policyOID: '1.2.3.4',
                }),
              ];
        return {
          signature,
          certificate,
          log: record && (Object.values(record)[0] as LogRecord),
          timestamps: stamp.map(bytesOf),
        };
      },
  };
}

/** The entry that a client proposes to the log. Source: Rekor, pkg/types/{hashedrekord,intoto}. */
function proposedEntry({ kind, payload }: ToSign, signature: Buffer, certificate: string): object {
  const value = createHash('sha256').update(payload).digest('hex');
  const publicKey = Buffer.from(certificate).toString('base64');
  const content = signature.toString('base64');
  if (kind === 'message') {
    return {
      kind: 'hashedrekord',
      apiVersion: '0.0.1',
      spec: {
        data: { hash: { algorithm: 'sha256', value } },
        signature: { content, publicKey: { content: publicKey } },
      },
    };
  }
  const sig = Buffer.from(content).toString('base64');
  return {
    kind: 'intoto',
    apiVersion: '0.0.2',
    spec: {
      content: {
        envelope: { payloadType: 'application/vnd.in-toto+json', signatures: [{ publicKey, sig }] },
        payloadHash: { algorithm: 'sha256', value },
      },
    },
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}
