import type { X509Certificate } from 'node:crypto';
import { accept, type Parsed, reject } from '@registry-cache/domain';
import { readCertificate, readKey } from './read-pem.ts';

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;

export interface ServerCertificate {
  /** Certificates and key in one text, for the edge. */
  readonly pem: string;
  readonly leaf: X509Certificate;
  /** Its host names, in lower case, wildcards as `*.example.com`. */
  readonly names: readonly string[];
}

/** A PEM file with a certificate, its chain, and its unencrypted private key. */
export function parseServerCertificate(file: string, text: string): Parsed<ServerCertificate> {
  const blocks = [...text.matchAll(BLOCK)];
  const certificates = blocks.filter((block) => block[1] === 'CERTIFICATE');
  const keys = blocks.filter((block) => block[1]?.endsWith('PRIVATE KEY'));
  const refuse = (found: string) =>
    reject({ path: file, found, accepted: 'one PEM file with a certificate and its private key' });
  if (certificates.length === 0) return refuse('no certificate');
  if (keys.length !== 1)
    return refuse(keys.length === 0 ? 'no private key' : 'several private keys');
  const leaf = readCertificate(certificates[0]?.[0] ?? '');
  if (leaf === undefined) return refuse('a damaged certificate');
  const key = readKey(keys[0]?.[0] ?? '');
  if (key === undefined) return refuse('a private key that is damaged or encrypted');
  if (!leaf.checkPrivateKey(key))
    return refuse("a private key that is not the first certificate's");
  if (certificates.some(([pem]) => readCertificate(pem) === undefined)) {
    return refuse('a damaged certificate in the chain');
  }
  return accept({
    pem: `${blocks.map(([pem]) => pem).join('\n')}\n`,
    leaf,
    names: listDnsNames(leaf.subjectAltName ?? ''),
  });
}

/** PEM certificate authorities. Returns the certificates without the text around them. */
export function parseAuthorities(file: string, text: string): Parsed<string> {
  const pems = [...text.matchAll(BLOCK)].filter((block) => block[1]?.includes('CERTIFICATE'));
  const bad = pems.findIndex(([pem]) => readCertificate(pem) === undefined);
  if (pems.length === 0 || bad >= 0) {
    const found =
      pems.length === 0 ? 'no certificate' : `a damaged certificate (number ${bad + 1})`;
    return reject({ path: file, found, accepted: 'one or more PEM certificates' });
  }
  return accept(`${pems.map(([pem]) => pem).join('\n')}\n`);
}

/** The certificates of an accepted PEM text, without its key. Clients may have them. */
export function keepCertificates(pem: string): string {
  const blocks = [...pem.matchAll(BLOCK)].filter(([, kind]) => kind === 'CERTIFICATE');
  return `${blocks.map(([block]) => block).join('\n')}\n`;
}

/**
 * The host names, in lower case, of a certificate's alternative names as Node.js prints them:
 * `DNS:cache.test, IP Address:127.0.0.1`.
 */
export function listDnsNames(alternativeNames: string): string[] {
  return [...alternativeNames.matchAll(/DNS:([^,\s"]+)/g)].map(([, name = '']) =>
    name.toLowerCase(),
  );
}
