import {
  accept,
  type Issue,
  type Notice,
  type Parsed,
  reject,
  type Secret,
} from '@registry-cache/domain';
import { parseAuthorities, parseServerCertificate } from '../certificate/parse.ts';
import { parseAuthority } from '../certificate/parse-authority.ts';
import { parseClientCertificate, type ShownCertificate } from '../certificate/parse-client.ts';
import { parseHtpasswd } from '../htpasswd/parse.ts';
import type { Inputs } from '../inputs/read.ts';
import { parseOnDemand } from '../on-demand/parse.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { UpstreamPolicy } from '../policy/schema.ts';
import { type PullSecret, parsePullSecret } from '../pull-secret/parse.ts';
import { type HostLogin, parseAuthRegistries } from '../settings/auth-registries.ts';
import type { Settings } from '../settings/table.ts';
import { buildConnectProxy, type ConnectProxy } from './connect.ts';
import {
  addFromEnvironment,
  addFromPolicy,
  addFromWildcards,
  findIdleWildcards,
} from './declared.ts';
import { chooseDefaultRegistry } from './default-registry.ts';
import { listHostNames } from './host-names.ts';
import { buildMirrors } from './mirrors.ts';
import { addOnDemand, buildUpstreams, type Upstream } from './upstream.ts';

/** Everything that is rendered follows from this, and from nothing else. */
export interface Model {
  readonly settings: Settings;
  readonly upstreams: readonly Upstream[];
  /** Entries of the pull secret that nobody understands, and that count as if they were not there. */
  readonly leftOut: readonly Issue[];
  /** What of the pull secret may not mean what its writer thinks. */
  readonly notices: readonly Notice[];
  /** PEM certificates to trust towards every upstream besides the system's; empty for none. */
  readonly upstreamCa: string;
  /** Host of the registry that a name without one means; undefined where it means none. */
  readonly defaultRegistry: string | undefined;
  /** What host names of registries begin with, to the first part of a path that each stands for. */
  readonly hostNames: ReadonlyMap<string, string>;
  /** Certificate, chain and key for the edge, one PEM text. */
  readonly certificate: string;
  /** Undefined where it is off. */
  readonly connect: ConnectProxy | undefined;
  /** Credentials of AUTH_REGISTRIES, which also count at the token service of such a name. */
  readonly hostLogins: readonly HostLogin[];
  /** Checked htpasswd lines; undefined where authentication is off. */
  readonly htpasswd: string | undefined;
  readonly bootSecret: Secret;
  /** By which `config` speaks to supervisord; no program has it. */
  readonly supervisorSecret: Secret;
  /** The auth worker signs tokens with it; the edge has the public half. */
  readonly tokenKey: TokenKey;
  /** Processors to plan threads and workers for. */
  readonly cpus: number;
  /** Whether this kernel has IPv6 at all; binding to it fails where it has not. */
  readonly hasIpv6: boolean;
  /** Of the container where it has a limit, else of the machine. */
  readonly memoryBytes: number;
  /** The hard limit for each process. */
  readonly openFiles: number;
}

export interface TokenKey {
  /** EC P-256, PKCS #8 in PEM. */
  readonly privatePem: Secret;
  /** SPKI in PEM. */
  readonly publicPem: string;
}

/** What belongs to this machine and boot rather than to the operator. */
export type Host = Pick<
  Model,
  'bootSecret' | 'supervisorSecret' | 'tokenKey' | 'cpus' | 'hasIpv6' | 'memoryBytes' | 'openFiles'
>;

/** Inputs to model; every issue of every input at once. */
export function buildModel(settings: Settings, inputs: Inputs, host: Host): Parsed<Model> {
  const issues: Issue[] = [];
  const keep = <T>(parsed: Parsed<T>): T | undefined => {
    if (parsed.ok) return parsed.value;
    issues.push(...parsed.issues);
    return undefined;
  };
  issues.push(...inputs.issues);

  const logins = keep(parseAuthRegistries(settings));
  const listed = keep(parseText(inputs.pullSecret, parsePullSecretWith(settings)));
  const pullSecret = listed ?? NO_PULL_SECRET;
  const { wildcards } = pullSecret;
  const policy = parsePolicy(settings.POLICYPATH, inputs.policy ?? '');
  const named = policy.ok
    ? addFromPolicy(pullSecret.upstreams, policy.value, wildcards)
    : undefined;
  const added = logins && named && keep(addFromEnvironment(named, settings.REGISTRIES, logins));
  const declared = added && addFromWildcards(added, wildcards);
  // Where another input is broken, at least what the pull secret and the settings say is known.
  const remaining = declared ?? [...pullSecret.upstreams, ...wildcards, ...settings.REGISTRIES];
  if (listed !== undefined && remaining.length === 0) {
    issues.push(...describeNothing(settings, listed));
  }
  const policies = keep(policy);
  const shared = inputs.upstreamCa;
  const upstreamCa =
    shared === undefined ? '' : (keep(parseAuthorities(settings.UPSTREAM_CA_PATH, shared)) ?? '');
  const authorities = new Map<string, string>();
  for (const [source, text] of inputs.authorities) {
    const pem = keep(parseAuthorities(source.startsWith('/') ? source : 'ca', text));
    if (pem !== undefined) authorities.set(source, pem);
  }
  const shown = new Map<string, ShownCertificate>();
  for (const [key, { clientCertificate }] of policies ?? []) {
    const parsed = clientCertificate && parseShown(settings, key, clientCertificate, inputs);
    const one = parsed && keep(parsed);
    if (one !== undefined) shown.set(key, one);
  }
  const certificate = keep(
    parseText(inputs.certificate, (text) => parseServerCertificate(settings.CERTIFICATEPATH, text)),
  );
  const authority =
    inputs.authority &&
    keep(parseAuthority(inputs.authority.file, inputs.authority.certificate, inputs.authority.key));
  const htpasswdPath = settings.REGISTRY_AUTH_HTPASSWD_PATH;
  const htpasswd = keep(parseText(inputs.htpasswd, (text) => parseHtpasswd(htpasswdPath, text)));
  const sources = { declared: declared ?? [], wildcards, logins: logins ?? [] };
  const leftOutKeys = pullSecret.leftOut.flatMap(({ key }) => key ?? []);
  const upstreams =
    declared && policies
      ? keep(
          buildUpstreams(
            declared,
            leftOutKeys,
            settings.POLICYPATH,
            policies,
            authorities,
            settings,
          ),
        )
      : undefined;
  const chosen =
    upstreams && keep(chooseDefaultRegistry(settings.DEFAULT_REGISTRY, upstreams, leftOutKeys));
  const asked = parseOnDemand(inputs.onDemand ?? '', settings.ON_DEMAND_REGISTRIES);
  if (issues.length > 0 || upstreams === undefined || certificate === undefined) {
    return reject(...issues);
  }
  const served = addOnDemand(upstreams, asked, settings).map((one) => ({
    ...one,
    ca: one.ca + upstreamCa,
    clientCertificate: shown.get(one.key),
    mirrors: buildMirrors(one.id, policies?.get(one.key)?.mirrors ?? [], sources),
  }));
  const mirrors = served.flatMap((one) => one.mirrors);
  return accept({
    settings,
    upstreams: served,
    leftOut: pullSecret.leftOut.map(({ issue }) => issue),
    notices: [
      ...pullSecret.notices,
      ...findIdleWildcards(settings.PULLSECRETPATH, declared ?? [], wildcards, mirrors),
    ],
    upstreamCa,
    defaultRegistry: chosen,
    connect: authority && buildConnectProxy(authority, settings.REGISTRIES, upstreams),
    hostLogins: logins ?? [],
    hostNames: listHostNames(upstreams, certificate.names),
    certificate: certificate.pem,
    htpasswd,
    ...host,
  });
}

const NO_PULL_SECRET: PullSecret = { upstreams: [], wildcards: [], leftOut: [], notices: [] };

/** Why there is no registry at all. */
function describeNothing({ PULLSECRETPATH }: Settings, { leftOut }: PullSecret): Issue[] {
  if (leftOut.length > 0) return leftOut.map(({ issue }) => issue);
  return [{ path: `${PULLSECRETPATH} auths`, found: 'no registry', accepted: 'at least one' }];
}

function parsePullSecretWith(settings: Settings) {
  return (text: string) =>
    parsePullSecret(settings.PULLSECRETPATH, text, settings.IGNOREREGISTRYLIST);
}

/** Undefined where a file of it could not be read, which has its issue already. */
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

/** An input that could not be read has its issue already, in `inputs.issues`. */
function parseText<T>(
  text: string | undefined,
  parse: (text: string) => Parsed<T>,
): Parsed<T | undefined> {
  return text === undefined ? accept(undefined) : parse(text);
}
