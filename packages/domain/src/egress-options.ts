import type { AccessPolicy } from './access-options.ts';
import type { AdmissionOptions } from './admission-options.ts';
import type { EventOptions } from './events.ts';
import type { FreeSpace } from './free-space.ts';
import type { LogFormat } from './log-format.ts';
import type { LogLevel } from './log-level.ts';
import type { TraceOptions } from './trace-options.ts';
import type { TrustRule } from './trust-options.ts';

/**
 * The file that `config` renders for each worker (`<run>/etc/<worker>.json`): plain, checked data,
 * so that workers need no parser of settings. It has paths to secrets, but no secrets.
 */
export interface EgressOptions {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Loopback port for the engines, which can connect by TCP only. */
  readonly port: number;
  /** Unix socket for the hot lane. */
  readonly socket: string;
  /** The store. Egress puts verified content here, and engines and hot lane read it. */
  readonly storeRoot: string;
  /** What egress tells the history. */
  readonly events: EventOptions;
  readonly bootSecretFile: string;
  /** JSON of `CredentialsFile`; read again whenever it has changed. */
  readonly credentialsFile: string;
  /** JSON of `ClientCertificatesFile`; read again whenever it has changed. */
  readonly clientCertificatesFile: string;
  /** Tokens of the scanners of `admission`, a `ScannerTokensFile`. */
  readonly scannerTokensFile: string;
  readonly timeouts: EgressTimeouts;
  /** Limits of all upstreams together. */
  readonly limits: EgressLimits;
  /** The time for which a 404 of an upstream is repeated without a request. */
  readonly notFoundMs: number;
  /** After this time without a header, a client is told to come again. The work for it goes on. */
  readonly answerWithinMs: number;
  readonly blobs: BlobOptions;
  readonly reservations: {
    /** Unix socket of the cleaner, for reservations. */
    readonly socket: string;
    /** The space that has to stay free on the disk, for times when the cleaner does not answer. */
    readonly minFree: FreeSpace;
  };
  readonly metrics: {
    /** Directories of `*.prom` files of the other workers. */
    readonly dirs: readonly string[];
    /** Unix socket on which HAProxy serves its own Prometheus text at `/metrics`. */
    readonly haproxySocket: string;
  };
  readonly push: {
    /** Between two pieces of a body that a registry takes. */
    readonly sendMs: number;
  };
  readonly tunnel: {
    /**
     * Networks and names that the proxy must not lead to, besides those that are always forbidden.
     */
    readonly forbidden: readonly string[];
    /**
     * Ports of the appliance itself, which the proxy must not reach at this machine's own
     * addresses.
     */
    readonly ownPorts: readonly number[];
    /** How long a connection to the other end may take, name lookup included. */
    readonly connectMs: number;
  };
  readonly upstreams: readonly EgressUpstream[];
  /** Replicas that are asked before an upstream; left out if there are none. */
  readonly peers?: PeerOptions | undefined;
  /** Registries whose images are pushed here, for the catalog. */
  readonly hosted?: readonly string[] | undefined;
  /** Rules for the signatures of images; left out if there are none. */
  readonly trust?: readonly TrustRule[] | undefined;
  /** Rules for what may enter; left out if there are none. */
  readonly admission?: AdmissionOptions | undefined;
  /** The rules of access, by which lists are filtered; undefined where there are none. */
  readonly access?: AccessPolicy | undefined;
  /** For upstreams that get the identity of a cloud; left out if there are none. */
  readonly cloud?: CloudOptions | undefined;
  /** Left out without a collector of traces. */
  readonly traces?: TraceOptions | undefined;
  /** An object store below the disk; left out without one. */
  readonly bucket?: BucketOptions | undefined;
  /** Registries that become upstreams on demand; left out if that is off. */
  readonly onDemand?: OnDemandOptions | undefined;
}

export interface PeerOptions {
  /** Unix socket of the edge, which passes each request on to the replica that it belongs to. */
  readonly socket: string;
}

export interface CloudOptions {
  /** PEM certificates to trust towards services of clouds besides the system's; empty for none. */
  readonly ca: string;
}

export interface BucketOptions {
  readonly name: string;
  /** In front of every key; empty, or with a slash at its end. */
  readonly prefix: string;
  /** Undefined where the environment names it. */
  readonly region?: string | undefined;
  /** URL of the service; undefined for Amazon's own. */
  readonly endpoint?: string | undefined;
  /** Whether the bucket is named in the path, and not in the host. */
  readonly isPathStyle: boolean;
  /** How long the bucket keeps what nobody uses; 0 for always. */
  readonly expireMs: number;
  /** PEM certificates to trust besides the system's; empty for none. */
  readonly ca: string;
  /** Where clients are sent to the bucket for large blobs; left out for nowhere. */
  readonly redirect?: BucketRedirect | undefined;
}

/** `without-rules` leaves out what rules of access or a registry's own logins decide. */
export type BucketRedirect = 'without-rules' | 'always';

export interface OnDemandOptions {
  /** Unix socket on which the edge asks for registries that are not served yet. */
  readonly socket: string;
  /** JSON list of hosts, which `config` follows. */
  readonly file: string;
  readonly maxRegistries: number;
  /** PEM certificates to trust besides the system's, as for every upstream; empty for none. */
  readonly ca: string;
}

/** Rules for fetching the bodies of blobs. */
export interface BlobOptions {
  /**
   * The lowest rate of a body, on average over `lowestRateMs`. A slower body is requested again. 0
   * means no limit.
   */
  readonly lowestBytesPerSecond: number;
  readonly lowestRateMs: number;
  /** A blob of unknown size is given up after this time without a reader. */
  readonly unreadMs: number;
  /** From this number of Range requests on, the whole blob is fetched. 0 means never. */
  readonly rangesUntilFetch: number;
}

export interface EgressTimeouts {
  /** DNS, TCP and TLS together. */
  readonly connectMs: number;
  /** From the sent request to the headers of the response, for all but blobs. */
  readonly headersMs: number;
  /**
   * The same for blobs. It is longer, because a registry that scans or caches may read the whole
   * blob first.
   */
  readonly blobHeadersMs: number;
  /** Between two pieces of a body. */
  readonly idleMs: number;
}

/** 0 means no limit. */
export interface EgressLimits {
  /** Concurrent exchanges with upstreams; at least 2, of which one is for small requests. */
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
  /** Prefix that repository names have at the upstream only: `docker-remote`. */
  readonly repositoryPrefix?: string | undefined;
  /** Mirrors to ask before the upstream, in this order. */
  readonly mirrors?: readonly EgressMirror[] | undefined;
  /** Whether egress presents a client certificate to it. */
  readonly hasClientCertificate?: boolean | undefined;
  /** Unix socket of its hot lane; left out if no registry can be added on demand. */
  readonly hotSocket?: string | undefined;
  /**
   * True for an upstream that no operator chose. Such an upstream must not be at an internal
   * address, or redirect to one.
   */
  readonly isGuarded?: boolean | undefined;
  /** Hosts and networks at private addresses that it may redirect to. */
  readonly storageHosts?: readonly string[] | undefined;
  /** Whether clients' own logins may be tried at it. */
  readonly triesLogins?: boolean | undefined;
  /** Allows servers without secure renegotiation (RFC 5746). */
  readonly legacyTls?: boolean | undefined;
  /**
   * Hosts of token services with logins of their own. They count if the upstream names the service
   * over https.
   */
  readonly realms: readonly string[];
  /** Timeouts in place of those of all upstreams. */
  readonly timeouts?: EgressTimeouts | undefined;
  /** Limits of this upstream, within those of all upstreams. */
  readonly limits: EgressLimits;
  /** True if no request goes out to it. Stored content is served whatever its age. */
  readonly offline: boolean;
  readonly tags: TagRules;
  /** The most connections that one blob may use; more than one are used only while they help. */
  readonly connectionsPerBlob: number;
  /** The largest image to fetch ahead; 0 turns that off. */
  readonly prefetchMaxBytes: number;
}

/** Another registry that has images of an upstream. It has credentials and limits of its own. */
export interface EgressMirror {
  /** Different from the id of every upstream. */
  readonly id: string;
  /** For messages: `mirror.example.com/docker-remote`. */
  readonly key: string;
  /** Origin to ask, without a path. */
  readonly url: string;
  readonly repositoryPrefix?: string | undefined;
}

/** Rules for how long the digest of a tag is valid, and for the time after that. */
export interface TagRules {
  /**
   * The first tier with a regex that matches from the tag's start decides. 0 means that each
   * request checks the tag.
   */
  readonly tiers: readonly TagTier[];
  /** For tags that no tier matches. */
  readonly defaultMs: number;
  /**
   * While an expired tag is checked, a client waits for the outcome, or gets the old digest at
   * once.
   */
  readonly whileChecking: 'wait' | 'stale';
  /** The treatment of a tag that the upstream has deleted. */
  readonly deleted: 'drop' | 'keep';
  /** The response after a 401 or 403 of the upstream: that error, or the stored manifest. */
  readonly refused: 'fail' | 'keep';
}

export interface TagTier {
  /** In JavaScript's syntax, without anchors of its own. */
  readonly regex: string;
  readonly timeMs: number;
  /**
   * Milliseconds after that time in which the old digest is served at once and checked meanwhile.
   * So pulls of a popular tag never wait for its check. Default 0.
   */
  readonly graceMs?: number | undefined;
}
