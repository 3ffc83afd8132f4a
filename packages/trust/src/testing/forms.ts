import { referrersTag } from '@registry-cache/domain';
import type { FakeRegistry } from './fake-registry.ts';
import type { LogRecord, MadeSignature, Sign } from './signers.ts';

export interface Claims {
  readonly digest: string;
  /** The repository that the payload of the older form names. */
  readonly reference: string;
}

/** One of cosign's three forms. */
export interface Form {
  readonly name: string;
  /** Signs what `claims` say, and attaches it to the digest `to`. */
  readonly attach: (
    registry: FakeRegistry,
    sign: Sign,
    claims: Claims,
    to: string,
  ) => Promise<void>;
}

const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const SIG_ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

export const TAG: Form = {
  name: 'the tag of a signature',
  async attach(registry, sign, claims, to) {
    const tag = `${referrersTag(to)}.sig`;
    const known = registry.contents.get(`manifests ${tag}`);
    const layers = known === undefined ? [] : JSON.parse(known.toString()).layers;
    layers.push(await simpleSigningLayer(registry, sign, claims));
    const mediaType = 'application/vnd.oci.image.config.v1+json';
    const config = { mediaType, digest: registry.pushBlob(Buffer.from('{}')), size: 2 };
    registry.pushManifest({ schemaVersion: 2, config, layers }, tag);
  },
};

export const REFERRER: Form = {
  name: 'a signature as a referrer',
  async attach(registry, sign, claims, to) {
    const layer = await simpleSigningLayer(registry, sign, claims);
    registry.pushReferrer(to, SIG_ARTIFACT, [layer]);
  },
};

export const BUNDLED: Form = {
  name: 'a bundle as a referrer',
  async attach(registry, sign, { digest }, to) {
    const [, hex] = digest.split(':');
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: hex } }],
      predicateType: 'https://sigstore.dev/cosign/sign/v1',
      predicate: {},
    };
    attachBundle(registry, to, await makeBundle(sign, Buffer.from(JSON.stringify(statement))));
  },
};

export function attachBundle(registry: FakeRegistry, to: string, bundle: object): void {
  const bytes = Buffer.from(JSON.stringify(bundle));
  const layer = { mediaType: BUNDLE, digest: registry.pushBlob(bytes), size: bytes.length };
  registry.pushReferrer(to, BUNDLE, [layer]);
}

export async function makeBundle(sign: Sign, payload: Buffer): Promise<object> {
  const payloadType = 'application/vnd.in-toto+json';
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
  const data = Buffer.concat([Buffer.from(head), payload]);
  const made = await sign({ kind: 'envelope', data, payload });
  return {
    mediaType: BUNDLE,
    verificationMaterial: {
      ...(made.certificate === undefined
        ? { publicKey: { hint: 'any' } }
        : { certificate: { rawBytes: made.certificate.replace(/-----.*-----|\n/g, '') } }),
      ...(made.log && { tlogEntries: [bundleEntry(made.log)] }),
      timestampVerificationData: {
        rfc3161Timestamps: (made.timestamps ?? []).map((stamp) => ({
          signedTimestamp: stamp.toString('base64'),
        })),
      },
    },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ sig: made.signature.toString('base64') }],
    },
  };
}

async function simpleSigningLayer(
  registry: FakeRegistry,
  sign: Sign,
  { digest, reference }: Claims,
): Promise<object> {
  const payload = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': reference },
        image: { 'docker-manifest-digest': digest },
        type: 'cosign container image signature',
      },
      optional: null,
    }),
  );
  const made = await sign({ kind: 'message', data: payload, payload });
  return {
    mediaType: SIMPLE_SIGNING,
    digest: registry.pushBlob(payload),
    size: payload.length,
    annotations: annotationsOf(made),
  };
}

function annotationsOf({ signature, certificate, log, timestamps }: MadeSignature) {
  const stamp = timestamps?.[0]?.toString('base64');
  return {
    'dev.cosignproject.cosign/signature': signature.toString('base64'),
    ...(certificate && { 'dev.sigstore.cosign/certificate': certificate }),
    ...(log && {
      'dev.sigstore.cosign/bundle': JSON.stringify({
        SignedEntryTimestamp: log.verification.signedEntryTimestamp,
        Payload: {
          body: log.body,
          integratedTime: log.integratedTime,
          logIndex: log.logIndex,
          logID: log.logID,
        },
      }),
    }),
    ...(stamp && {
      'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({ SignedRFC3161Timestamp: stamp }),
    }),
  };
}

function bundleEntry({ body, integratedTime, logIndex, logID, verification }: LogRecord): object {
  const { kind, apiVersion } = JSON.parse(Buffer.from(body, 'base64').toString());
  const { inclusionProof, signedEntryTimestamp } = verification;
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(logID, 'hex').toString('base64') },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp },
    inclusionProof: {
      logIndex: String(inclusionProof.logIndex),
      treeSize: String(inclusionProof.treeSize),
      rootHash: Buffer.from(inclusionProof.rootHash, 'hex').toString('base64'),
      hashes: [],
      checkpoint: { envelope: inclusionProof.checkpoint },
    },
    canonicalizedBody: body,
  };
}
