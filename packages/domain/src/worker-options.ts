import type { DoctorFiles } from './doctor-files.ts';
import type { EventOptions } from './events.ts';
import type { FreeSpace } from './free-space.ts';
import type { LogFormat } from './log-format.ts';
import type { LogLevel } from './log-level.ts';

// As egress's options (`egress-options.ts`): rendered by `config` for each worker.

export interface CleanerOptions {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly storeRoot: string;
  readonly maxSizeBytes: number;
  /** Cleaning starts above maxSizeBytes plus this share of it, and ends at maxSizeBytes. */
  readonly thresholdPercent: number;
  readonly everyMs: number;
  /** The space that has to stay free on the disk of the store. */
  readonly minFree: FreeSpace;
  /** Unix socket for egress's reservations. */
  readonly socket: string;
  readonly events: EventOptions;
  readonly metricsDir: string;
}

export interface LoggerOptions {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly storeRoot: string;
  /** The named pipe that the edge writes a line of JSON to for each request. */
  readonly logPipe: string;
  readonly accessLog: string;
  /** The size at which the access log is renamed to `<accessLog>.1` and a new one begins. */
  readonly rotateAtBytes: number;
  /** The audit log, and the size from which on it is renamed to `<file>.1`. */
  readonly audit: { readonly file: string; readonly rotateAtBytes: number };
  /** JSON of `ServedNames`; read again whenever it has changed. */
  readonly registriesFile: string;
  /** The file in which the logger remembers its position in the access log. */
  readonly stateFile: string;
  readonly metricsDir: string;
  /** Where logs are sent to collectors: what rsyslog tells of its queues. */
  readonly forward?: ForwardOptions | undefined;
}

/**
 * The names of everything that is served, by the id that the access log has: upstreams and hosted
 * registries.
 */
export type ServedNames = Readonly<Record<string, ServedName>>;

export interface ServedName {
  /** The name as people write it, such as `quay.io/team`: the key of the pull secret. */
  readonly key: string;
  /** The registry alone, such as `quay.io`. */
  readonly host: string;
}

export interface ForwardOptions {
  /** The named pipe to which rsyslog writes a line of JSON for each of its counters. */
  readonly reportPipe: string;
  /** The collector of each queue, such as `tcp://logs.example.com:514`, by the queue's name. */
  readonly collectors: Readonly<Record<string, string>>;
}

export interface AdminOptions {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Unix socket of the admin API. Whoever can open it may do everything. */
  readonly socket: string;
  readonly storeRoot: string;
  /** Directories of the other programs' `*.prom` files. */
  readonly metricsDirs: readonly string[];
  readonly egressSocket: string;
  /** Written at each boot and never changed, so that its age tells since when the cache serves. */
  readonly bootSecretFile: string;
  readonly history: HistoryOptions;
  /** Upstreams and hosted registries; read again whenever they have changed. */
  readonly upstreams: readonly NamedUpstream[];
  /** JSON of `ServedNames`; read again for each question. */
  readonly registriesFile: string;
  /** The command line, for work that has a process of its own. */
  readonly command: readonly string[];
  /** The names by which references are resolved, as JSON; read again for each question. */
  readonly namesFile: string;
  /** JSON of `ExplainFacts`; read again for each question. */
  readonly explainFile: string;
  /** Where clients reach the cache: `cache.example.com:8443`, or `:8443` without a host. */
  readonly clientAddress: string;
  readonly doctor: DoctorFiles;
  /** Undefined where the admin API is on its own socket alone. */
  readonly remote?: RemoteAdminOptions | undefined;
}

/** How the admin API is asked from elsewhere: by the edge, which ends TLS. */
export interface RemoteAdminOptions {
  /** Unix socket for the edge. Whoever asks there has to log in. */
  readonly socket: string;
  /** Unix socket of the auth worker, which runs where there are logins. */
  readonly authSocket: string;
  /** JSON of `OperatorRules`; read again whenever it has changed. */
  readonly rulesFile: string;
}

export interface HistoryOptions {
  readonly accessLog: string;
  /** The most that the database may take in the store's volume. */
  readonly maxBytes: number;
}

/** The name that people write for an upstream, such as `quay.io/org`, and its id. */
export interface NamedUpstream {
  readonly id: string;
  readonly name: string;
}

export interface AuthOptions {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly socket: string;
  /**
   * An htpasswd file with bcrypt hashes, already checked; read again whenever it has changed.
   * Undefined where there is none.
   */
  readonly htpasswdFile?: string | undefined;
  /** JSON of `IssuersFile`; read again whenever it has changed. */
  readonly issuersFile: string;
  /** The rules of access, as JSON of `AccessOptions`; read again whenever it has changed. */
  readonly accessFile: string;
  /** Unix socket of egress, and the secret that it wants, for logins that registries know. */
  readonly egressSocket: string;
  readonly bootSecretFile: string;
  readonly storeRoot: string;
  /** PEM of the EC P-256 private key that signs the tokens (ES256). The edge has the public key. */
  readonly tokenKeyFile: string;
  readonly metricsDir: string;
}

/** An upstream, as clients name it. */
export interface ServedRegistry {
  readonly id: string;
  /** The registry's name in rules of access. */
  readonly host: string;
  /** The beginnings of names that mean it: `quay.io`, `quay.io/org`, an alias. */
  readonly prefixes: readonly string[];
  /** Whether an image without a slash is below `library/`. */
  readonly hasLibrary: boolean;
}

export interface HostedOptions {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Unix socket for the edge and the hot lane. */
  readonly socket: string;
  /** Unix socket of the distribution registry that keeps the images. */
  readonly engineSocket: string;
  /** The secret by which that registry signs the state of uploads. */
  readonly engineSecretFile: string;
  readonly storeRoot: string;
  /** Unix sockets for pushes into upstreams' names: for room in the store, and for what lacks. */
  readonly cleanerSocket: string;
  readonly egressSocket: string;
  /** The registries that such pushes may name; read again whenever they have changed. */
  readonly registries: readonly ServedRegistry[];
  /** How many bytes hosted images may take; read again whenever it has changed. */
  readonly maxSizeBytes: number;
  /** The rules of access, as JSON of `AccessOptions`; undefined where there are none. */
  readonly accessFile?: string | undefined;
  readonly metricsDir: string;
}

export interface JobsOptions {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly storeRoot: string;
  readonly metricsDir: string;
  /** Unix socket of egress. Nothing is warmed before it is there. */
  readonly egressSocket: string;
  /** The program that warms by a list, with its first arguments. */
  readonly command: readonly string[];
  /** Read again whenever they have changed. */
  readonly lists: readonly FollowedList[];
}

/** A list of images that the policy file names. */
export interface FollowedList {
  /** An absolute path. */
  readonly list: string;
  readonly everyMs: number;
  /** For entries that name none; empty for those that `warm` takes by itself. */
  readonly platforms: readonly string[];
}
