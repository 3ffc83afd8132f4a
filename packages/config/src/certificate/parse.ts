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

/** A file for the private key alone. */
export interface KeyText {
  readonly file: string;
  readonly text: string;
}

/**
 * A PEM file with a certificate, its chain, and its unencrypted private key.
 *
 * @param ownKey - The key, where it has a file of its own. A key beside the certificate is then
 *   left out. Every issue names both files.
 */
export function parseServerCertificate(
  file: string,
  text: string,
  ownKey?: KeyText,
): Parsed<ServerCertificate> {
  const blocks = findPair(text, ownKey);
  const certificates = blocks.filter((block) => block[1] === 'CERTIFICATE');
  const keys = blocks.filter(isPrivateKey);
  const refuse = (found: string) => reject({ found, ...describePair(file, ownKey) });
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

/** The PEM blocks of the certificate's file and, where it has its own, of the key's. */
function findPair(text: string, ownKey: KeyText | undefined): RegExpExecArray[] {
  const blocks = [...text.matchAll(BLOCK)];
  if (ownKey === undefined) return blocks;
  const keys = [...ownKey.text.matchAll(BLOCK)].filter(isPrivateKey);
  return [...blocks.filter((block) => !isPrivateKey(block)), ...keys];
}

function isPrivateKey([, kind]: RegExpExecArray): boolean {
  return kind?.endsWith('PRIVATE KEY') ?? false;
}

/** Place and accepted content of a server certificate, for its issues. */
function describePair(file: string, ownKey: KeyText | undefined) {
  if (ownKey === undefined) {
    return { path: file, accepted: 'one PEM file with a certificate and its private key' };
  }
  return {
    path: `${file} with ${ownKey.file}`,
    accepted: 'a PEM file with a certificate, and another with its private key, unencrypted',
  };
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
