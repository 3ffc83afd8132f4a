import { accept, type Issue, type Notice, type Parsed, reject } from '@registry-cache/domain';
import {
  parseAuthorities,
  parseServerCertificate,
  type ServerCertificate,
} from '../certificate/parse.ts';
import { type Authority, parseAuthority } from '../certificate/parse-authority.ts';
import { parseClientCertificate, type ShownCertificate } from '../certificate/parse-client.ts';
import { parseHtpasswd } from '../htpasswd/parse.ts';
import type { Inputs } from '../inputs/inputs.ts';
import { parseOnDemand } from '../on-demand/parse.ts';
import type { UpstreamPolicies } from '../policy/parse.ts';
import type { UpstreamPolicy } from '../policy/schema.ts';
import { type PullSecret, parsePullSecret } from '../pull-secret/parse.ts';
import { type HostLogin, parseAuthRegistries } from '../settings/auth-registries.ts';
import type { Settings } from '../settings/table.ts';
import { listProxyTargets, type ProxyTargets } from './connect.ts';
import {
  addFromEnvironment,
  addFromPolicy,
  addFromWildcards,
  findIdleWildcards,
} from './declared.ts';
import { chooseDefaultRegistry } from './default-registry.ts';
import { buildMirrors } from './mirrors.ts';
import { addOnDemand, buildUpstreams, type Upstream } from './upstream.ts';

/** All that the inputs say. Only the certificates may still be missing. */
export interface ModelPlan {
  readonly settings: Settings;
  /** Upstreams of the operator, and then the registries on demand. */
  readonly upstreams: readonly Upstream[];
  /** The operator's upstreams alone. */
  readonly declared: readonly Upstream[];
  readonly leftOut: readonly Issue[];
  readonly notices: readonly Notice[];
  readonly upstreamCa: string;
  readonly defaultRegistry: string | undefined;
  readonly hostLogins: readonly HostLogin[];
  readonly htpasswd: string | undefined;
  readonly targets: ProxyTargets;
  /** Undefined where the edge's certificate is missing. */
  readonly certificate: ServerCertificate | undefined;
  /** Undefined where the proxy is off, or its authority is missing. */
  readonly authority: Authority | undefined;
}

/**
 * Inputs to plan, with every issue of every input at once.
 *
 * @param policy - The parsed policy, since its files had to be read by it.
 */
export function planModel(
  settings: Settings,
  inputs: Inputs,
  policy: Parsed<UpstreamPolicies>,
): Parsed<ModelPlan> {
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
  const named = policy.ok
    ? addFromPolicy(pullSecret.upstreams, policy.value, wildcards)
    : undefined;
  const added = logins && named && keep(addFromEnvironment(named, settings.REGISTRIES, logins));
  const declared = added && addFromWildcards(added, wildcards);
  // Where another input is broken, the pull secret and the settings still name registries.
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
  if (issues.length > 0 || upstreams === undefined) return reject(...issues);
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
    declared: upstreams,
    leftOut: pullSecret.leftOut.map(({ issue }) => issue),
    notices: [
      ...pullSecret.notices,
      ...findIdleWildcards(settings.PULLSECRETPATH, declared ?? [], wildcards, mirrors),
    ],
    upstreamCa,
    defaultRegistry: chosen,
    hostLogins: logins ?? [],
    htpasswd,
    targets: listProxyTargets(settings.REGISTRIES, upstreams),
    certificate,
    authority,
  });
}

const NO_PULL_SECRET: PullSecret = { upstreams: [], wildcards: [], leftOut: [], notices: [] };

/** Issues that say why there is no registry at all. */
function describeNothing({ PULLSECRETPATH }: Settings, { leftOut }: PullSecret): Issue[] {
  if (leftOut.length > 0) return leftOut.map(({ issue }) => issue);
  return [{ path: `${PULLSECRETPATH} auths`, found: 'no registry', accepted: 'at least one' }];
}

function parsePullSecretWith(settings: Settings) {
  return (text: string) =>
    parsePullSecret(settings.PULLSECRETPATH, text, settings.IGNOREREGISTRYLIST);
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

/** An input that could not be read has its issue already, in `inputs.issues`. */
function parseText<T>(
  text: string | undefined,
  parse: (text: string) => Parsed<T>,
): Parsed<T | undefined> {
  return text === undefined ? accept(undefined) : parse(text);
}
