import type { LogLevel } from './log-level.ts';

/**
 * What `config` renders for each worker (`<run>/etc/<worker>.json`): plain, checked data, so
 * that a worker needs no parser of settings. No secret is in it, only paths to secrets.
 */
export interface EgressOptions {
  readonly logLevel: LogLevel;
  /** Loopback port for the engines, which can reach nothing but TCP. */
  readonly port: number;
  /** Unix socket for the hot lane. */
  readonly socket: string;
  /** What is fetched and verified is kept here, where engines and hot lane look for it. */
  readonly storeRoot: string;
  readonly bootSecretFile: string;
  /** JSON of `CredentialsFile`; read again whenever it has changed. */
  readonly credentialsFile: string;
  /** JSON of `ClientCertificatesFile`; read again whenever it has changed. */
  readonly clientCertificatesFile: string;
  readonly timeouts: EgressTimeouts;
  /** Of all upstreams together. */
  readonly limits: EgressLimits;
  /** How long what an upstream did not have is not asked for again. */
  readonly notFoundMs: number;
  /** After so long without a header, a client is told to come again; what it waits for goes on. */
  readonly answerWithinMs: number;
  readonly blobs: BlobOptions;
  readonly reservations: {
    /** Unix socket of the cleaner, which makes room for what is fetched. */
    readonly socket: string;
    /** What has to stay free on the disk, for when the cleaner cannot be asked. */
    readonly minFree: FreeSpace;
  };
  readonly metrics: {
    /** Directories of `*.prom` files of the other workers. */
    readonly dirs: readonly string[];
    /** Unix socket on which HAProxy serves its own Prometheus text at `/metrics`. */
    readonly haproxySocket: string;
  };
  readonly tunnel: {
    /** Networks and names that the proxy must not lead to, besides what it never may. */
    readonly forbidden: readonly string[];
    /** Where the appliance itself listens: not to be reached at this machine's own addresses. */
    readonly ownPorts: readonly number[];
  };
  readonly upstreams: readonly EgressUpstream[];
  /** Registries that become upstreams when somebody asks for them; left out where that is off. */
  readonly onDemand?: OnDemandOptions | undefined;
}

export interface OnDemandOptions {
  /** Unix socket on which the edge asks for registries that are not served yet. */
  readonly socket: string;
  /** JSON list of hosts, which `config` follows. */
  readonly file: string;
  readonly maxRegistries: number;
  /** PEM certificates to trust besides the system's, as for every upstream; empty for none. */
  readonly ca: string;
}

/** How the bodies of blobs are fetched. */
export interface BlobOptions {
  /** What a body has to bring on average over `lowestRateMs`, or it is asked for again; 0 is no limit. */
  readonly lowestBytesPerSecond: number;
  readonly lowestRateMs: number;
  /** A blob whose size is not known is given up when nobody has read it for so long. */
  readonly unreadMs: number;
  /** From so many Range requests on, the whole blob is fetched; 0 is never. */
  readonly rangesUntilFetch: number;
}

export interface EgressTimeouts {
  /** DNS, TCP and TLS together. */
  readonly connectMs: number;
  /** From the request sent to the headers of the answer, for all but blobs. */
  readonly headersMs: number;
  /** The same for blobs: a registry that scans or caches may take in the whole blob first. */
  readonly blobHeadersMs: number;
  /** Between two pieces of a body. */
  readonly idleMs: number;
}

/** 0 is no limit. */
export interface EgressLimits {
  /** Exchanges with upstreams at a time; at least 2, of which one is for small things. */
  readonly connections: number;
  readonly requestsPerSecond: number;
  readonly bytesPerSecond: number;
}

export interface EgressUpstream {
  readonly id: string;
  /** As the pull secret names it, in normal form: `quay.io/org`. For messages. */
  readonly key: string;
  /** Origin to ask, without a path: `https://registry-1.docker.io`. */
  readonly url: string;
  /** PEM certificates to trust besides the system's; empty for none. */
  readonly ca: string;
  /** What stands before the names of its repositories there, and not here: `docker-remote`. */
  readonly repositoryPrefix?: string | undefined;
  /** Asked before it, in this order. */
  readonly mirrors?: readonly EgressMirror[] | undefined;
  /** Whether it is shown a certificate of ours. */
  readonly hasClientCertificate?: boolean | undefined;
  /** Where the hot lane answers for it; only where registries are served on demand. */
  readonly hotSocket?: string | undefined;
  /** No operator chose it, so that it must not be at, or lead to, an address of an inner network. */
  readonly isGuarded?: boolean | undefined;
  /** Hosts and networks at private addresses that it may lead to. */
  readonly storageHosts?: readonly string[] | undefined;
  /** Servers without secure renegotiation (RFC 5746) are talked to as well. */
  readonly legacyTls?: boolean | undefined;
  /** Hosts of token services whose own logins count for it, where it names them over https. */
  readonly realms: readonly string[];
  /** In place of those of all upstreams. */
  readonly timeouts?: EgressTimeouts | undefined;
  /** Of this upstream alone, within those of all. */
  readonly limits: EgressLimits;
  /** Nothing goes out to it; what is here is served whatever its age. */
  readonly offline: boolean;
  readonly tags: TagRules;
  /** How many connections one blob may use where more of them help. */
  readonly connectionsPerBlob: number;
  /** An image that is larger is not fetched ahead; 0 turns that off. */
  readonly prefetchMaxBytes: number;
}

/** Another registry that has images of an upstream. It has credentials and limits of its own. */
export interface EgressMirror {
  /** As no upstream's. */
  readonly id: string;
  /** For messages: `mirror.example.com/docker-remote`. */
  readonly key: string;
  /** Origin to ask, without a path. */
  readonly url: string;
  readonly repositoryPrefix?: string | undefined;
}

/** How long the answer to "which digest has this tag?" is good, and what happens after that. */
export interface TagRules {
  /** The first whose regex matches from the tag's start says for how long; 0 is never. */
  readonly tiers: readonly TagTier[];
  /** For tags that no tier matches. */
  readonly defaultMs: number;
  /** What a client gets while an expired tag is checked: the outcome, or the old answer at once. */
  readonly whileChecking: 'wait' | 'stale';
  /** What becomes of a tag that the upstream has no more. */
  readonly deleted: 'drop' | 'keep';
  /** What is answered where the upstream refuses with 401 or 403: that, or what is here. */
  readonly refused: 'fail' | 'keep';
}

export interface TagTier {
  /** Of JavaScript, without anchors of its own. */
  readonly regex: string;
  readonly timeMs: number;
  /**
   * For how many milliseconds after that time the old answer is served at once and checked
   * meanwhile, so that a tag that is pulled often costs no pull the check; default 0.
   */
  readonly graceMs?: number | undefined;
}

/**
 * Upstream id to credential; an upstream that is not in it is anonymous. By its `realmKey` also a
 * token service that has credentials of its own.
 */
export type CredentialsFile = Readonly<Record<string, Credential>>;

/** Upstream id to what it is shown in TLS. */
export type ClientCertificatesFile = Readonly<Record<string, ClientCertificate>>;

/** PEM, both; the certificate may be followed by its chain. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What a token service is found by, as no upstream id holds a colon. `host` has its port, if any. */
export function realmKey(host: string): string {
  return `realm:${host}`;
}

export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth 2 refresh token, as `docker login` stores it. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** A Bearer token for the registry itself, used as it is. */
  | { readonly kind: 'registry-token'; readonly token: string }
  /** `docker-credential-<program> get`, asked with `serverUrl` on its standard input. */
  | { readonly kind: 'helper'; readonly program: string; readonly serverUrl: string };

export interface CleanerOptions {
  readonly logLevel: LogLevel;
  readonly storeRoot: string;
  readonly maxSizeBytes: number;
  /** Cleaning starts above maxSizeBytes plus this part of it, and ends at maxSizeBytes. */
  readonly thresholdPercent: number;
  readonly everyMs: number;
  /** What has to stay free on the disk of the store. */
  readonly minFree: FreeSpace;
  /** Unix socket where egress asks for room. */
  readonly socket: string;
  readonly metricsDir: string;
}

/** So many bytes, or a part of the disk; of both, the smaller counts. */
export interface FreeSpace {
  readonly bytes: number | null;
  readonly percent: number | null;
}

export interface LoggerOptions {
  readonly logLevel: LogLevel;
  readonly storeRoot: string;
  /** The named pipe that the edge writes a line of JSON to for each request. */
  readonly logPipe: string;
  readonly accessLog: string;
  /** The size at which the access log is renamed to `<accessLog>.1` and begun anew. */
  readonly rotateAtBytes: number;
  /** Where the logger remembers its place in the access log. */
  readonly stateFile: string;
  readonly metricsDir: string;
}

export interface AuthOptions {
  readonly logLevel: LogLevel;
  readonly socket: string;
  /** bcrypt htpasswd, already checked; read again whenever it has changed. */
  readonly htpasswdFile: string;
  /** PEM of an EC P-256 private key, which signs the tokens (ES256). The edge has the public half. */
  readonly tokenKeyFile: string;
  readonly metricsDir: string;
}
