import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A signature as its maker gives it to the form that carries it. */
export interface MadeSignature {
  readonly signature: Buffer;
  /** PEM of the certificate; undefined for a signature by a key. */
  readonly certificate?: string;
  /** What the log of the authority says. */
  readonly log?: LogRecord | undefined;
  /** Timestamps by RFC 3161. */
  readonly timestamps?: readonly Buffer[];
}

/** An entry of a transparency log, as the log's API gives it. */
export interface LogRecord {
  readonly body: string;
  readonly integratedTime: number;
  readonly logIndex: number;
  readonly logID: string;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly logIndex: number;
      readonly rootHash: string;
      readonly treeSize: number;
      readonly hashes: readonly string[];
      readonly checkpoint: string;
    };
  };
}

/** What is signed: a payload as it is, or an envelope with this payload. */
export interface ToSign {
  readonly kind: 'message' | 'envelope';
  readonly data: Buffer;
  readonly payload: Buffer;
}

export type Sign = (content: ToSign) => Promise<MadeSignature>;

export interface KeyPair {
  readonly pem: string;
  readonly sign: Sign;
}

/** A key of a kind that cosign accepts, and its signatures as cosign makes them. */
export function createKey(kind: 'ecdsa' | 'ecdsa-384' | 'rsa' | 'ed25519'): KeyPair {
  const { publicKey, privateKey } = generate(kind);
  const hash = { ecdsa: 'sha256', 'ecdsa-384': 'sha384', rsa: 'sha256', ed25519: null }[kind];
  return {
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: async ({ data }) => ({ signature: sign(hash, data, privateKey) }),
  };
}

function generate(kind: string): { publicKey: KeyObject; privateKey: KeyObject } {
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('ec', { namedCurve: kind === 'ecdsa' ? 'P-256' : 'P-384' });
}
