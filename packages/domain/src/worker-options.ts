import { readFile } from 'node:fs/promises';
import type { LogLevel } from './log.ts';

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
  readonly bootSecretFile: string;
  /** JSON of `CredentialsFile`; read again whenever it has changed. */
  readonly credentialsFile: string;
  readonly timeouts: EgressTimeouts;
  readonly metrics: {
    /** Directory of `*.prom` files of the other workers. */
    readonly dir: string;
    /** Unix socket on which HAProxy serves its own Prometheus text at `/metrics`. */
    readonly haproxySocket: string;
  };
  readonly tunnel: {
    /** Networks and names that the proxy must not lead to, besides what it never may. */
    readonly forbidden: readonly string[];
  };
  readonly upstreams: readonly EgressUpstream[];
}

export interface EgressTimeouts {
  /** DNS, TCP and TLS together. */
  readonly connectMs: number;
  /** From the request sent to the headers of the answer. */
  readonly headersMs: number;
  /** Between two pieces of a body. */
  readonly idleMs: number;
}

export interface EgressUpstream {
  readonly id: string;
  /** As the pull secret names it, in normal form: `quay.io/org`. For messages. */
  readonly key: string;
  /** Origin to ask, without a path: `https://registry-1.docker.io`. */
  readonly url: string;
  /** PEM certificates to trust besides the system's; empty for none. */
  readonly ca: string;
}

/**
 * Upstream id to credential; an upstream that is not in it is anonymous. By its `realmKey` also a
 * token service that has credentials of its own.
 */
export type CredentialsFile = Readonly<Record<string, Credential>>;

/** What a token service is found by, as no upstream id holds a colon. `host` has its port, if any. */
export function realmKey(host: string): string {
  return `realm:${host}`;
}

export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth 2 refresh token, as `docker login` stores it. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** `docker-credential-<program> get`, asked with `serverUrl` on its standard input. */
  | { readonly kind: 'helper'; readonly program: string; readonly serverUrl: string };

export interface CleanerOptions {
  readonly logLevel: LogLevel;
  readonly storeRoot: string;
  readonly maxSizeBytes: number;
  /** Cleaning starts above maxSizeBytes plus this part of it, and ends at maxSizeBytes. */
  readonly thresholdPercent: number;
  readonly everyMs: number;
  readonly metricsDir: string;
}

export interface LoggerOptions {
  readonly logLevel: LogLevel;
  readonly storeRoot: string;
  readonly accessLog: string;
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
}

/** @throws when the file cannot be read or is not JSON: it is ours, so that is a defect. */
export async function readWorkerOptions<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}
