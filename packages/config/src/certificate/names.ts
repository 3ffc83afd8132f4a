import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Settings } from '../settings/table.ts';
import { SUBJECT } from './create-server.ts';
import { listDnsNames } from './parse.ts';
import { readCertificate } from './read-pem.ts';

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
  if (!isOurs(leaf)) return [];
  return listWantedNames(model).filter((name) => !covers(leaf, name));
}

/** Names of CERTIFICATE_NAMES that the certificate lacks, and those that one of ours should have. */
export function findNamesNotCovered(
  model: NameOptions & { readonly certificate: string },
): string[] {
  const leaf = new X509Certificate(model.certificate);
  const asked = model.settings.CERTIFICATE_NAMES.filter((name) => !covers(leaf, name));
  return [...new Set([...asked, ...findMissingNames(model)])];
}

/**
 * Names that every certificate made here has, in this order before the wanted ones. They lead to
 * the cache from its own machine or its own network only.
 */
export function listOwnNames(hostname: string): string[] {
  return ['registry-cache', 'localhost', hostname.toLowerCase(), '127.0.0.1', LAST_OWN_NAME];
}

const LAST_OWN_NAME = '::1';
/** `LAST_OWN_NAME` as Node.js prints it in a certificate's names. */
const LAST_OWN_ENTRY = 'IP Address:0:0:0:0:0:0:0:1';

/**
 * The host names of a certificate by which clients may reach the cache, in the certificate's order.
 * Left out are wildcards, localhost, the names that are added here, and registries' own names below
 * a wildcard.
 */
export function listClientNames(
  model: Pick<NameOptions, 'hostNames'> & { readonly certificate: string },
): string[] {
  const leaf = new X509Certificate(model.certificate);
  const entries = leaf.subjectAltName ?? '';
  // An earlier container had another hostname, so its place tells it from a wanted name.
  const wanted = isOurs(leaf) ? (entries.split(LAST_OWN_ENTRY).at(-1) ?? '') : entries;
  const names = listDnsNames(wanted);
  const bases = listDnsNames(entries).flatMap((name) => /^\*\.(.*)$/.exec(name)?.[1] ?? []);
  const registries = bases.flatMap((base) =>
    [...model.hostNames.keys()].map((label) => `${label}.${base}`),
  );
  return names.filter(
    (name) => !name.startsWith('*.') && name !== 'localhost' && !registries.includes(name),
  );
}

/** Whether a certificate in PEM was made by this program, not by the operator. */
export function isMadeHere(pem: string): boolean {
  const leaf = readCertificate(pem);
  return leaf !== undefined && isOurs(leaf);
}

function isOurs(leaf: X509Certificate): boolean {
  return leaf.subject === SUBJECT && leaf.issuer === SUBJECT;
}

function covers(leaf: X509Certificate, name: string): boolean {
  if (isIP(name) > 0) return leaf.checkIP(name) !== undefined;
  // checkHost takes no wildcard, so this asks for a name that the wildcard covers.
  return leaf.checkHost(name.replace(/^\*/, 'any')) !== undefined;
}
