import type { AccessPolicy } from '@registry-cache/access';
import type {
  AdmissionRule,
  FollowedList,
  Issue,
  IssuerOptions,
  Notice,
  OperatorRules,
  Secret,
  TrustRule,
} from '@registry-cache/domain';
import type { ServerCertificate } from '../certificate/parse.ts';
import type { OnDemandKey } from '../on-demand/keys.ts';
import type { PeerCertificates } from '../peers/parse-secret.ts';
import type { HostLogin } from '../settings/auth-registries.ts';
import type { Settings } from '../settings/table.ts';
import type { ConnectProxy } from './connect.ts';
import { listHostNames } from './host-names.ts';
import type { Hosted } from './hosted.ts';
import type { ModelPlan } from './plan.ts';
import type { ScannerTokens } from './scanner-tokens.ts';
import type { Upstream } from './upstream.ts';

/** Everything that is rendered follows from this, and from nothing else. */
export interface Model {
  readonly settings: Settings;
  readonly upstreams: readonly Upstream[];
  /** Keys with `*` whose registries are served when clients ask for them. */
  readonly onDemandKeys: readonly OnDemandKey[];
  /** Entries of the pull secret that cannot be understood. They count as absent. */
  readonly leftOut: readonly Issue[];
  /** Entries of the pull secret that may not mean what their writer thinks. */
  readonly notices: readonly Notice[];
  /** Whether public registries are served because there is no pull secret. */
  readonly isPublic: boolean;
  /** PEM certificates to trust towards every upstream besides the system's; empty for none. */
  readonly upstreamCa: string;
  /** PEM certificates to trust towards log collectors instead; empty for the same as upstreams. */
  readonly forwardCa: string;
  /** By which peers know each other; undefined where there are none. */
  readonly peerCertificates: PeerCertificates | undefined;
  /** Host of the registry that a name without one means; undefined where it means none. */
  readonly defaultRegistry: string | undefined;
  /** The start of a registry's host name, to the first part of the path that it stands for. */
  readonly hostNames: ReadonlyMap<string, string>;
  /** Certificate, chain and key for the edge, one PEM text. */
  readonly certificate: string;
  /** Undefined where it is off. */
  readonly connect: ConnectProxy | undefined;
  /** Credentials of AUTH_REGISTRIES, which also count at the token service of such a name. */
  readonly hostLogins: readonly HostLogin[];
  /** Checked htpasswd lines; undefined where REGISTRY_AUTH is off. */
  readonly htpasswd: string | undefined;
  /** Who may pull, fetch, push and delete; undefined where the policy file has no rules. */
  readonly access: AccessPolicy | undefined;
  /** Who may use the admin API from elsewhere. */
  readonly operators: OperatorRules;
  /** Issuers whose tokens are passwords. */
  readonly issuers: readonly IssuerOptions[];
  /** Rules for signatures, with their keys; undefined where the policy file has none. */
  readonly trust: readonly TrustRule[] | undefined;
  /** Rules for what may enter; undefined where the policy file has none. */
  readonly admission: readonly AdmissionRule[] | undefined;
  readonly scannerTokens: ScannerTokens;
  /** Registries whose images are pushed here; undefined where there are none. */
  readonly hosted: Hosted | undefined;
  /** Lists of images that are followed; empty for none. */
  readonly warm: readonly FollowedList[];
  readonly bootSecret: Secret;
  /** `config` speaks to supervisord with it; no other program has it. */
  readonly supervisorSecret: Secret;
  /** The auth worker signs tokens with it; the edge has the public half. */
  readonly tokenKey: TokenKey;
  /** Processors to plan threads and workers for. */
  readonly cpus: number;
  /** Whether this kernel has IPv6 at all. Without it, binding to an IPv6 address fails. */
  readonly hasIpv6: boolean;
  /** The memory of the container where it has a limit, else of the machine. */
  readonly memoryBytes: number;
  /** The hard limit of open files for each process. */
  readonly openFiles: number;
  /** PEM certificates that this system trusts. */
  readonly systemCa: string;
}

export interface TokenKey {
  /** EC P-256, PKCS #8 in PEM. */
  readonly privatePem: Secret;
  /** SPKI in PEM. */
  readonly publicPem: string;
}

/** The part of the model that belongs to this machine and this boot, not to the operator. */
export type BootFacts = Pick<
  Model,
  | 'bootSecret'
  | 'supervisorSecret'
  | 'tokenKey'
  | 'cpus'
  | 'hasIpv6'
  | 'memoryBytes'
  | 'openFiles'
  | 'systemCa'
>;

/** The certificates of the edge, all of them present and checked. */
export interface Certificates {
  readonly server: ServerCertificate;
  /** The authority of the proxy and the certificate that it signed; undefined where it is off. */
  readonly proxy: Pick<ConnectProxy, 'authority' | 'certificate'> | undefined;
}

/** Plan to model. Every issue was found by the plan, so this cannot fail. */
export function buildModel(plan: ModelPlan, certificates: Certificates, facts: BootFacts): Model {
  const { server, proxy } = certificates;
  return {
    settings: plan.settings,
    upstreams: plan.upstreams,
    onDemandKeys: plan.onDemandKeys,
    leftOut: plan.leftOut,
    notices: plan.notices,
    isPublic: plan.isPublic,
    upstreamCa: plan.upstreamCa,
    forwardCa: plan.forwardCa,
    peerCertificates: plan.peerCertificates,
    defaultRegistry: plan.defaultRegistry,
    connect: proxy && { ...proxy, targets: plan.targets },
    hostLogins: plan.hostLogins,
    hostNames: listHostNames(plan.declared, server.names),
    certificate: server.pem,
    htpasswd: plan.htpasswd,
    access: plan.access,
    operators: plan.operators,
    issuers: plan.issuers,
    trust: plan.trust,
    admission: plan.admission,
    scannerTokens: plan.scannerTokens,
    hosted: plan.hosted,
    warm: plan.warm,
    ...facts,
  };
}
