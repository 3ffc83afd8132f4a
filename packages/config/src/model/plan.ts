import type { AccessPolicy } from '@registry-cache/access';
import {
  type AdmissionRule,
  accept,
  type FollowedList,
  type Issue,
  type IssuerOptions,
  type Notice,
  type OperatorRules,
  type Parsed,
  reject,
  type TrustRule,
} from '@registry-cache/domain';
import type { ServerCertificate } from '../certificate/parse.ts';
import type { Authority } from '../certificate/parse-authority.ts';
import type { Inputs } from '../inputs/inputs.ts';
import { formatAllowed } from '../on-demand/allowed.ts';
import { listOnDemandKeys, loginOnDemand, type OnDemandKey } from '../on-demand/keys.ts';
import { parseOnDemand } from '../on-demand/parse.ts';
import type { PeerCertificates } from '../peers/parse-secret.ts';
import { NO_POLICY, type ParsedPolicy } from '../policy/parse.ts';
import type { DeclaredUpstream, PullSecret } from '../pull-secret/parse.ts';
import type { HostLogin } from '../settings/auth-registries.ts';
import type { Settings } from '../settings/table.ts';
import { buildAccess } from './access.ts';
import { buildAdmission } from './admission.ts';
import { addFromClouds, type CloudKeys, cloudOf, findReplacedLogins } from './clouds.ts';
import { listProxyTargets, type ProxyTargets } from './connect.ts';
import { addFromEnvironment, addFromPolicy, addFromWildcards, findIdleGlobs } from './declared.ts';
import { chooseDefaultRegistry } from './default-registry.ts';
import { hasLogin } from './has-login.ts';
import { buildHosted, type Hosted } from './hosted.ts';
import { buildMirrors } from './mirrors.ts';
import { buildOperators } from './operators.ts';
import {
  type KeepValue,
  keepWithIssues,
  type NamedRegistries,
  type ParsedInputs,
  parseInputs,
  parseRegistries,
} from './parse-inputs.ts';
import { listRegistryNames } from './registry-names.ts';
import type { ScannerTokens } from './scanner-tokens.ts';
import { nameTrustImages } from './trust.ts';
import { addOnDemand, buildUpstreams, type Upstream } from './upstream.ts';
import { buildWarm } from './warm.ts';

/** All that the inputs say. Only the certificates may still be missing. */
export interface ModelPlan {
  readonly settings: Settings;
  /** Upstreams of the operator, and then the registries on demand. */
  readonly upstreams: readonly Upstream[];
  /** The operator's upstreams alone. */
  readonly declared: readonly Upstream[];
  readonly leftOut: readonly Issue[];
  /** Keys with `*` whose registries are served when clients ask for them. */
  readonly onDemandKeys: readonly OnDemandKey[];
  readonly notices: readonly Notice[];
  /** Whether public registries are served because there is no pull secret. */
  readonly isPublic: boolean;
  readonly upstreamCa: string;
  readonly forwardCa: string;
  /** By which peers know each other; undefined where there are none. */
  readonly peerCertificates: PeerCertificates | undefined;
  readonly defaultRegistry: string | undefined;
  readonly hostLogins: readonly HostLogin[];
  readonly htpasswd: string | undefined;
  /** The rules of the policy file; undefined where it has none. */
  readonly access: AccessPolicy | undefined;
  readonly operators: OperatorRules;
  readonly issuers: readonly IssuerOptions[];
  /** Rules for signatures; undefined where the policy file has none. */
  readonly trust: readonly TrustRule[] | undefined;
  /** Rules for what may enter; undefined where the policy file has none. */
  readonly admission: readonly AdmissionRule[] | undefined;
  readonly scannerTokens: ScannerTokens;
  /** Registries whose images are pushed here; undefined where there are none. */
  readonly hosted: Hosted | undefined;
  /** Lists of images that are followed; empty for none. */
  readonly warm: readonly FollowedList[];
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
  policy: Parsed<ParsedPolicy>,
): Parsed<ModelPlan> {
  const issues: Issue[] = [...inputs.issues];
  const keep = keepWithIssues(issues);
  const registries = parseRegistries(settings, inputs, keep);
  const named = declareUpstreams(settings, registries, policy, keep);
  const cloudKeys: CloudKeys = policy.ok ? policy.value : NO_POLICY;
  const declared = named && addFromClouds(named, cloudKeys);
  const { pullSecret = NO_PULL_SECRET } = registries;
  const onDemandKeys = listOnDemandKeys(pullSecret, cloudKeys.cloudGlobs);
  const mayAdd = !settings.OFFLINE && onDemandKeys.length > 0;
  const hasAny = mayAdd || hasRegistry(settings, pullSecret, declared);
  if (registries.pullSecret !== undefined && !hasAny) {
    issues.push(...describeNothing(settings, pullSecret));
  }
  const parsed = parseInputs(settings, inputs, policy, keep);
  const { policies } = parsed;
  const leftOutKeys = pullSecret.leftOut.flatMap(({ key }) => key ?? []);
  const upstreams =
    declared &&
    policies &&
    keep(
      buildUpstreams(
        declared,
        leftOutKeys,
        settings.POLICYPATH,
        policies,
        parsed.authorities,
        settings,
      ),
    );
  const defaultRegistry =
    upstreams && keep(chooseDefaultRegistry(settings.DEFAULT_REGISTRY, upstreams, leftOutKeys));
  const spec = policy.ok ? policy.value.hosted : undefined;
  const hosted = upstreams && keep(buildHosted(settings.POLICYPATH, spec, upstreams));
  const warm = keep(buildWarm(settings.POLICYPATH, policy.ok ? policy.value.warm : [])) ?? [];
  if (
    issues.length > 0 ||
    named === undefined ||
    declared === undefined ||
    upstreams === undefined
  ) {
    return reject(...issues);
  }
  const allowed = formatAllowed(settings.ON_DEMAND_REGISTRIES, onDemandKeys);
  const asked = parseOnDemand(inputs.onDemand ?? '', allowed).map((one) => ({
    ...one,
    credential: cloudOf(one.name, cloudKeys) ?? loginOnDemand(pullSecret.wildcards, one.name),
  }));
  const served = addOnDemand(upstreams, asked, settings);
  const complete = completeUpstreams(served, declared, cloudKeys, registries, parsed);
  return accept({
    settings,
    upstreams: complete,
    declared: upstreams,
    leftOut: pullSecret.leftOut.map(({ issue }) => issue),
    notices: [
      ...pullSecret.notices,
      ...findReplacedLogins(settings.PULLSECRETPATH, named, pullSecret.wildcards, cloudKeys),
      ...findIdleGlobs(settings.PULLSECRETPATH, pullSecret, {
        declared,
        mirrors: complete.flatMap((one) => one.mirrors),
        onDemandKeys: settings.OFFLINE ? undefined : onDemandKeys,
      }),
    ],
    onDemandKeys,
    isPublic: inputs.isPublic ?? false,
    upstreamCa: parsed.upstreamCa,
    forwardCa: parsed.forwardCa,
    peerCertificates: parsed.peerCertificates,
    defaultRegistry,
    hostLogins: registries.logins ?? [],
    htpasswd: parsed.htpasswd,
    access: buildAccess(policy.ok ? policy.value.access : undefined, complete, hasLogin(parsed)),
    operators: buildOperators(policy.ok ? policy.value.access : undefined, hasLogin(parsed)),
    issuers: parsed.issuers,
    trust: nameTrustImages(parsed.trust, listRegistryNames(complete)),
    admission: buildAdmission(policy.ok ? policy.value.admission : [], listRegistryNames(complete)),
    scannerTokens: parsed.scannerTokens,
    hosted,
    warm,
    targets: listProxyTargets(settings.REGISTRIES, upstreams),
    certificate: parsed.certificate,
    authority: parsed.authority,
  });
}

const NO_PULL_SECRET: PullSecret = {
  upstreams: [],
  wildcards: [],
  anonymousGlobs: [],
  leftOut: [],
  notices: [],
};

/** The upstreams of all inputs; undefined where one of these inputs is broken. */
function declareUpstreams(
  settings: Settings,
  { pullSecret = NO_PULL_SECRET, logins }: NamedRegistries,
  policy: Parsed<ParsedPolicy>,
  keep: KeepValue,
): readonly DeclaredUpstream[] | undefined {
  if (!policy.ok || logins === undefined) return undefined;
  const { upstreams, wildcards, anonymousGlobs } = pullSecret;
  const named = addFromPolicy(upstreams, policy.value, [...wildcards, ...anonymousGlobs]);
  const added = keep(addFromEnvironment(named, settings.REGISTRIES, logins));
  return added && addFromWildcards(added, wildcards);
}

/** Where another input is broken, the pull secret and the settings still name registries. */
function hasRegistry(
  settings: Settings,
  { upstreams, wildcards }: PullSecret,
  declared: readonly DeclaredUpstream[] | undefined,
): boolean {
  const named = declared ?? [...upstreams, ...wildcards, ...settings.REGISTRIES];
  return named.length > 0;
}

/** Issues that say why there is no registry at all. */
function describeNothing({ PULLSECRETPATH }: Settings, { leftOut }: PullSecret): Issue[] {
  if (leftOut.length > 0) return leftOut.map(({ issue }) => issue);
  return [{ path: `${PULLSECRETPATH} auths`, found: 'no registry', accepted: 'at least one' }];
}

/** Adds the parts that other inputs have for an upstream: certificates and mirrors. */
function completeUpstreams(
  upstreams: readonly Upstream[],
  declared: readonly DeclaredUpstream[],
  clouds: CloudKeys,
  { pullSecret = NO_PULL_SECRET, logins = [] }: NamedRegistries,
  { policies, shown, upstreamCa }: ParsedInputs,
): readonly Upstream[] {
  const known = { declared, wildcards: pullSecret.wildcards, logins, clouds };
  return upstreams.map((one) => ({
    ...one,
    ca: one.ca + upstreamCa,
    clientCertificate: shown.get(one.key),
    mirrors: buildMirrors(one.id, policies?.get(one.key)?.mirrors ?? [], known),
  }));
}
