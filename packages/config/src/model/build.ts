import { accept, type Issue, type Parsed, reject, type Secret } from '@registry-cache/domain';
import { parseAuthorities, parseServerCertificate } from '../certificate/parse.ts';
import { parseHtpasswd } from '../htpasswd/parse.ts';
import type { Inputs } from '../inputs/read.ts';
import { parseOnDemand } from '../on-demand/parse.ts';
import { parsePolicy } from '../policy/parse.ts';
import { parsePullSecret } from '../pull-secret/parse.ts';
import type { Settings } from '../settings/table.ts';
import { chooseDefaultRegistry } from './default-registry.ts';
import { listHostNames } from './host-names.ts';
import { addOnDemand, buildUpstreams, type Upstream } from './upstream.ts';

/** Everything that is rendered follows from this, and from nothing else. */
export interface Model {
  readonly settings: Settings;
  readonly upstreams: readonly Upstream[];
  /** PEM certificates to trust towards every upstream besides the system's; empty for none. */
  readonly upstreamCa: string;
  /** Host of the registry that a name without one means; undefined where it means none. */
  readonly defaultRegistry: string | undefined;
  /** What host names of registries begin with, to the first part of a path that each stands for. */
  readonly hostNames: ReadonlyMap<string, string>;
  /** Certificate, chain and key for the edge, one PEM text. */
  readonly certificate: string;
  /** Checked htpasswd lines; undefined where authentication is off. */
  readonly htpasswd: string | undefined;
  readonly bootSecret: Secret;
  /** The auth worker signs tokens with it; the edge has the public half. */
  readonly tokenKey: TokenKey;
  /** Processors to plan threads and workers for. */
  readonly cpus: number;
  /** Whether this kernel has IPv6 at all; binding to it fails where it has not. */
  readonly hasIpv6: boolean;
}

export interface TokenKey {
  /** EC P-256, PKCS #8 in PEM. */
  readonly privatePem: Secret;
  /** SPKI in PEM. */
  readonly publicPem: string;
}

/** What belongs to this machine and boot rather than to the operator. */
export type Host = Pick<Model, 'bootSecret' | 'tokenKey' | 'cpus' | 'hasIpv6'>;

/** Inputs to model; every issue of every input at once. */
export function buildModel(settings: Settings, inputs: Inputs, host: Host): Parsed<Model> {
  const issues: Issue[] = [];
  const keep = <T>(parsed: Parsed<T>): T | undefined => {
    if (parsed.ok) return parsed.value;
    issues.push(...parsed.issues);
    return undefined;
  };
  issues.push(...inputs.issues);

  const declared = keep(parseText(inputs.pullSecret, parsePullSecretWith(settings)));
  const policies = keep(parsePolicy(settings.POLICYPATH, inputs.policy ?? ''));
  const shared = inputs.upstreamCa;
  const upstreamCa =
    shared === undefined ? '' : (keep(parseAuthorities(settings.UPSTREAM_CA_PATH, shared)) ?? '');
  const authorities = new Map<string, string>();
  for (const [source, text] of inputs.authorities) {
    const pem = keep(parseAuthorities(source.startsWith('/') ? source : 'ca', text));
    if (pem !== undefined) authorities.set(source, pem);
  }
  const certificate = keep(
    parseText(inputs.certificate, (text) => parseServerCertificate(settings.CERTIFICATEPATH, text)),
  );
  const htpasswdPath = settings.REGISTRY_AUTH_HTPASSWD_PATH;
  const htpasswd = keep(parseText(inputs.htpasswd, (text) => parseHtpasswd(htpasswdPath, text)));
  const upstreams =
    declared && policies
      ? keep(buildUpstreams(declared, settings.POLICYPATH, policies, authorities, settings))
      : undefined;
  const chosen = upstreams && keep(chooseDefaultRegistry(settings.DEFAULT_REGISTRY, upstreams));
  const asked = parseOnDemand(inputs.onDemand ?? '', settings.ON_DEMAND_REGISTRIES);
  if (issues.length > 0 || upstreams === undefined || certificate === undefined) {
    return reject(...issues);
  }
  return accept({
    settings,
    upstreams: addOnDemand(upstreams, asked, settings).map((one) => ({
      ...one,
      ca: one.ca + upstreamCa,
    })),
    upstreamCa,
    defaultRegistry: chosen,
    hostNames: listHostNames(upstreams, certificate.names),
    certificate: certificate.pem,
    htpasswd,
    ...host,
  });
}

function parsePullSecretWith(settings: Settings) {
  return (text: string) =>
    parsePullSecret(settings.PULLSECRETPATH, text, settings.IGNOREREGISTRYLIST);
}

/** An input that could not be read has its issue already, in `inputs.issues`. */
function parseText<T>(
  text: string | undefined,
  parse: (text: string) => Parsed<T>,
): Parsed<T | undefined> {
  return text === undefined ? accept(undefined) : parse(text);
}
