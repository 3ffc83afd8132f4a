import {
  accept,
  type Issue,
  type IssuerOptions,
  type Parsed,
  type TrustRule,
} from '@registry-cache/domain';
import {
  parseAuthorities,
  parseServerCertificate,
  type ServerCertificate,
} from '../certificate/parse.ts';
import { type Authority, parseAuthority } from '../certificate/parse-authority.ts';
import { parseClientCertificate, type ShownCertificate } from '../certificate/parse-client.ts';
import { parseHtpasswd } from '../htpasswd/parse.ts';
import type { AuthorityInput, Inputs } from '../inputs/inputs.ts';
import { type PeerCertificates, parsePeerSecret } from '../peers/parse-secret.ts';
import type { ParsedPolicy, UpstreamPolicies } from '../policy/parse.ts';
import type { UpstreamPolicy } from '../policy/schema.ts';
import { type PullSecret, parsePullSecret } from '../pull-secret/parse.ts';
import { type HostLogin, parseAuthRegistries } from '../settings/auth-registries.ts';
import type { Settings } from '../settings/table.ts';
import { buildIssuers } from './issuers.ts';
import { parseScannerTokens, type ScannerTokens } from './scanner-tokens.ts';
import { parseTrust } from './trust.ts';

/** The inputs that name registries and logins. Undefined where one is absent or has an issue. */
export interface NamedRegistries {
  readonly logins: readonly HostLogin[] | undefined;
  readonly pullSecret: PullSecret | undefined;
}

/** The other inputs, each by itself. Undefined where one is absent or has an issue. */
export interface ParsedInputs {
  readonly policies: UpstreamPolicies | undefined;
  /** Empty where it is absent. */
  readonly upstreamCa: string;
  /** Empty where collectors are trusted as upstreams are. */
  readonly forwardCa: string;
  /** Undefined where there are no peers. */
  readonly peerCertificates: PeerCertificates | undefined;
  /** `ca` of the policy, as written there, to PEM text. */
  readonly authorities: ReadonlyMap<string, string>;
  /** Client certificates by the key of their upstream. */
  readonly shown: ReadonlyMap<string, ShownCertificate>;
  readonly certificate: ServerCertificate | undefined;
  readonly authority: Authority | undefined;
  readonly issuers: readonly IssuerOptions[];
  readonly htpasswd: string | undefined;
  /** Empty where there are none. */
  readonly trust: readonly TrustRule[];
  readonly scannerTokens: ScannerTokens;
}

const NO_TOKENS: ScannerTokens = new Map();

/** Returns the value of a parser, or undefined after taking over its issues. */
export type KeepValue = <T>(parsed: Parsed<T>) => T | undefined;

/** Parses the pull secret and AUTH_REGISTRIES. `keep` gets every issue. */
export function parseRegistries(
  settings: Settings,
  inputs: Inputs,
  keep: KeepValue,
): NamedRegistries {
  return {
    logins: keep(parseAuthRegistries(settings)),
    pullSecret: keep(
      parseText(inputs.pullSecret, settings.PULLSECRETPATH, (path, text) =>
        parsePullSecret(path, text, settings.IGNOREREGISTRYLIST),
      ),
    ),
  };
}

/** Parses each other input by itself. `keep` gets every issue. */
export function parseInputs(
  settings: Settings,
  inputs: Inputs,
  policy: Parsed<ParsedPolicy>,
  keep: KeepValue,
): ParsedInputs {
  const kept = keep(policy);
  const policies = kept?.upstreams;
  const parsed = {
    policies,
    upstreamCa:
      keep(parseText(inputs.upstreamCa, settings.UPSTREAM_CA_PATH, parseAuthorities)) ?? '',
    forwardCa:
      keep(parseText(inputs.forwardCa, settings.LOG_FORWARD_CA_PATH, parseAuthorities)) ?? '',
    peerCertificates: keep(
      parseText(inputs.peerSecret, settings.PEER_SECRET_PATH, parsePeerSecret),
    ),
    authorities: parseUpstreamAuthorities(inputs, keep),
    shown: parseShownCertificates(settings, inputs, policies, keep),
    certificate: keep(
      parseText(inputs.certificate, settings.CERTIFICATEPATH, (path, text) =>
        parseServerCertificate(path, text, inputs.certificateKey),
      ),
    ),
    authority: inputs.authority && keep(parseAuthorityInput(inputs.authority)),
    trust: keep(parseTrust(settings.POLICYPATH, kept?.trust ?? [], inputs.trustFiles)) ?? [],
    scannerTokens:
      keep(parseScannerTokens(settings.POLICYPATH, kept?.admission ?? [], inputs.tokenFiles)) ??
      NO_TOKENS,
    htpasswd: keep(parseText(inputs.htpasswd, settings.REGISTRY_AUTH_HTPASSWD_PATH, parseHtpasswd)),
  };
  const issuers = keep(buildIssuers(kept?.issuers ?? [], inputs.keyFiles, parsed.htpasswd));
  return { ...parsed, issuers: issuers ?? [] };
}

/** Makes a `KeepValue` that adds to `issues`. */
export function keepWithIssues(issues: Issue[]): KeepValue {
  return (parsed) => {
    if (parsed.ok) return parsed.value;
    issues.push(...parsed.issues);
    return undefined;
  };
}

function parseUpstreamAuthorities(inputs: Inputs, keep: KeepValue): Map<string, string> {
  const authorities = new Map<string, string>();
  for (const [source, text] of inputs.authorities) {
    const pem = keep(parseAuthorities(source.startsWith('/') ? source : 'ca', text));
    if (pem !== undefined) authorities.set(source, pem);
  }
  return authorities;
}

function parseShownCertificates(
  settings: Settings,
  inputs: Inputs,
  policies: UpstreamPolicies | undefined,
  keep: KeepValue,
): Map<string, ShownCertificate> {
  const shown = new Map<string, ShownCertificate>();
  for (const [key, { clientCertificate }] of policies ?? []) {
    const parsed = clientCertificate && parseShown(settings, key, clientCertificate, inputs);
    const one = parsed && keep(parsed);
    if (one !== undefined) shown.set(key, one);
  }
  return shown;
}

/** Undefined where one of its files could not be read. That file has its issue already. */
function parseShown(
  { POLICYPATH }: Settings,
  upstream: string,
  { cert: certSource, key: keySource }: NonNullable<UpstreamPolicy['clientCertificate']>,
  { clientFiles }: Inputs,
): Parsed<ShownCertificate> | undefined {
  const [cert, key] = [clientFiles.get(certSource), clientFiles.get(keySource)];
  if (cert === undefined || key === undefined) return undefined;
  const path = `${POLICYPATH} upstreams[${JSON.stringify(upstream)}].clientCertificate`;
  return parseClientCertificate({ path, cert, key });
}

function parseAuthorityInput({ file, certificate, key }: AuthorityInput): Parsed<Authority> {
  return parseAuthority(file, certificate, key);
}

/** An input that could not be read has its issue already, in `inputs.issues`. */
function parseText<T>(
  text: string | undefined,
  path: string,
  parse: (path: string, text: string) => Parsed<T>,
): Parsed<T | undefined> {
  return text === undefined ? accept(undefined) : parse(path, text);
}
