import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Settings } from '../settings/table.ts';
import { SUBJECT } from './create-server.ts';

/** The settings and the registries' host names, by which names are wanted. */
interface NameOptions {
  readonly settings: Pick<Settings, 'CERTIFICATE_NAMES'>;
  readonly hostNames: ReadonlyMap<string, string>;
}

/**
 * The names that an operator wants in the certificate: CERTIFICATE_NAMES and, for each wildcard
 * among them, the registries' own names below it. A wildcard covers one label only, and
 * `quay.io.cache.example.com` has two more than `cache.example.com`.
 */
export function listWantedNames({ settings, hostNames }: NameOptions): string[] {
  const wanted = settings.CERTIFICATE_NAMES.map((name) => name.toLowerCase());
  const bases = wanted.filter((name) => name.startsWith('*.')).map((name) => name.slice(2));
  // An underscore may stand in a Host header, but not everywhere in a certificate.
  const labels = [...hostNames.keys()].filter((name) => name.includes('.') && !name.includes('_'));
  return [...wanted, ...bases.flatMap((base) => labels.map((label) => `${label}.${base}`))];
}

/**
 * Wanted names that the certificate lacks. Empty for an operator's own certificate, whose names are
 * the operator's choice.
 */
export function findMissingNames(model: NameOptions & { readonly certificate: string }): string[] {
  const leaf = new X509Certificate(model.certificate);
  if (leaf.subject !== SUBJECT || leaf.issuer !== SUBJECT) return [];
  return listWantedNames(model).filter((name) => !covers(leaf, name));
}

function covers(leaf: X509Certificate, name: string): boolean {
  if (isIP(name) > 0) return leaf.checkIP(name) !== undefined;
  // checkHost takes no wildcard, so this asks for a name that the wildcard covers.
  return leaf.checkHost(name.replace(/^\*/, 'any')) !== undefined;
}
