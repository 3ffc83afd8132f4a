import { LOG_LEVELS, parseDuration, parseSize } from '@registry-cache/domain';
import {
  type ParseValue,
  parseAbsolutePath,
  parseBoolean,
  parseFreeSpace,
  parseInteger,
  parseListenAddress,
  parseOneOf,
  parseOptional,
  parseOptionalSize,
  parseRegex,
  parseText,
  parseWords,
} from './value.ts';

export interface Setting<T> {
  /** What applies where the variable is not set, as an operator would write it. */
  readonly default: string;
  readonly help: string;
  readonly parse: ParseValue<T>;
}

/**
 * Every environment variable that the appliance reads. This table feeds the parser,
 * `registry-cache settings` and docs/configuration.md; there is no other list.
 */
export const SETTINGS = {
  PULLSECRETPATH: {
    default: '/pull-secret.json',
    help: 'The pull secret; each of its keys is one upstream.',
    parse: parseAbsolutePath,
  },
  POLICYPATH: {
    default: '/registry-cache.yaml',
    help: 'What a pull secret cannot say about an upstream. Optional; see below.',
    parse: parseAbsolutePath,
  },
  REGISTRYDIR: {
    default: '/var/lib/registry',
    help: 'The store.',
    parse: parseAbsolutePath,
  },
  CERTIFICATEPATH: {
    default: '/certs/certs.pem',
    help: 'Certificate and private key in one PEM file. Missing: a self-signed one is made and kept.',
    parse: parseAbsolutePath,
  },
  CERTIFICATE_NAMES: {
    default: '',
    help: 'More host names and addresses, space-separated, for the certificate that is made here. `*.cache.example.com` also gives it `quay.io.cache.example.com` and so on for every registry.',
    parse: parseWords('host names and IP addresses', /^(\*\.)?[A-Za-z0-9_.:-]+$/),
  },
  UPSTREAM_CA_PATH: {
    default: '/certs/upstream-ca.pem',
    help: 'More certificate authorities to trust towards every upstream. Optional.',
    parse: parseAbsolutePath,
  },
  IGNOREREGISTRYLIST: {
    default: 'cloud.openshift.com',
    help: 'Keys of the pull secret to leave out, space-separated.',
    parse: parseWords('keys of the pull secret', /^[^"\\]+$/),
  },
  DEFAULT_REGISTRY: {
    default: '',
    help: 'Whose images names without a registry mean: a key of the pull secret, or `none`. Empty: docker.io where it is served, else the only registry of a cache of one.',
    parse: parseText('a key of the pull secret, or none', /^[^\s"\\]*$/),
  },
  ON_DEMAND_REGISTRIES: {
    default: '',
    help: 'Registries beside those of the pull secret that are served, without credentials, once somebody asks for them: hosts, `*` for any part of a name, space-separated, such as `ghcr.io *.gcr.io`. Never private addresses.',
    parse: parseWords('hosts in lower case, with * for parts', /^[a-z0-9*.-]+(:\d{1,5})?$/),
  },
  REDIRECT_LISTEN: {
    default: '',
    help: 'Where plain HTTP is sent on to https://, such as `:8080`; empty for nowhere.',
    parse: parseOptional(parseListenAddress),
  },
  REDIRECT_PORT: {
    default: '443',
    help: 'The port that REDIRECT_LISTEN sends clients to.',
    parse: parseInteger(1, 65_535),
  },
  CLEANER_MAXSIZE: {
    default: '10G',
    help: 'What the store may hold. Units: K, M, G, T (powers of 1024), KB, MB, GB, TB (of 1000).',
    parse: parseSize,
  },
  CLEANER_THRESHOLD_PERCENTAGE: {
    default: '20',
    help: 'Cleaning starts above CLEANER_MAXSIZE plus this many percent and ends at CLEANER_MAXSIZE.',
    parse: parseInteger(0, 1000),
  },
  CLEANER_RUNEVERY_TIME: {
    default: '30m',
    help: 'How often the store is measured; a store that grows fast is measured earlier.',
    parse: parseDuration,
  },
  CLEANER_MIN_FREE: {
    default: '1G 5%',
    help: 'What stays free on the disk of the store: a size, a part of the disk, or both, of which the smaller counts; 0 for nothing. The store gets smaller than CLEANER_MAXSIZE for it.',
    parse: parseFreeSpace,
  },
  REGISTRY_AUTH: {
    default: '',
    help: '`htpasswd` turns authentication on.',
    parse: parseOneOf('', 'htpasswd'),
  },
  REGISTRY_AUTH_HTPASSWD_REALM: {
    default: 'Registry Realm',
    help: 'The realm that clients are shown.',
    parse: parseText('1 to 100 printable ASCII characters except " and \\', /^[ !#-[\]-~]{1,100}$/),
  },
  REGISTRY_AUTH_HTPASSWD_PATH: {
    default: '/auth/htpasswd',
    help: 'The htpasswd file; bcrypt entries only (`htpasswd -B`).',
    parse: parseAbsolutePath,
  },
  HEALTH_LISTEN: {
    default: '127.0.0.1:8081',
    help: 'Where /healthz, /readyz and /metrics are served, in plain HTTP.',
    parse: parseListenAddress,
  },
  EGRESS_PORT: {
    default: '5001',
    help: 'Loopback port between the engines and egress; change it if host networking has it taken.',
    parse: parseInteger(1, 65_535),
  },
  EGRESS_CONNECT_TIMEOUT: {
    default: '3s',
    help: 'How long a connection to an upstream may take, name lookup and TLS included.',
    parse: parseDuration,
  },
  EGRESS_HEADERS_TIMEOUT: {
    default: '10s',
    help: 'How long an upstream may take to answer a request.',
    parse: parseDuration,
  },
  EGRESS_IDLE_TIMEOUT: {
    default: '10s',
    help: 'How long a body from an upstream may pause before its rest is asked for again.',
    parse: parseDuration,
  },
  EGRESS_MAX_CONNECTIONS: {
    default: '256',
    help: 'How much may be asked of all upstreams at a time. One without a limit of its own takes three quarters of it at most.',
    parse: parseInteger(2, 100_000),
  },
  EGRESS_REQUESTS_PER_SECOND: {
    default: '0',
    help: 'How many requests a second all upstreams get together; 0 for no limit.',
    parse: parseInteger(0, 1_000_000),
  },
  EGRESS_BYTES_PER_SECOND: {
    default: '0',
    help: 'How many bytes a second are fetched from all upstreams together, such as 50MB; 0 for no limit.',
    parse: parseOptionalSize,
  },
  EGRESS_NOT_FOUND_TIME: {
    default: '5s',
    help: 'How long an upstream is not asked again for what it did not have.',
    parse: parseDuration,
  },
  ENABLE_MANIFEST_CACHE: {
    default: 'true',
    help: 'Whether the digest of a tag is remembered; `false`: the upstream is asked each time.',
    parse: parseBoolean,
  },
  MANIFEST_CACHE_PRIMARY_REGEX: {
    default: '(stable|nightly|production|test)',
    help: 'Tags that start like this have the primary time. Empty: none.',
    parse: parseRegex,
  },
  MANIFEST_CACHE_PRIMARY_TIME: {
    default: '10m',
    help: 'How long the digest of a tag of the primary tier is good.',
    parse: parseDuration,
  },
  MANIFEST_CACHE_SECONDARY_REGEX: {
    default: String.raw`(.*)(\d|\.)+(.*)(\d|\.)+(.*)(\d|\.)+`,
    help: 'The same for the secondary time: versions, that is three digits or dots. Empty: none.',
    parse: parseRegex,
  },
  MANIFEST_CACHE_SECONDARY_TIME: {
    default: '60d',
    help: 'How long the digest of a tag of the secondary tier is good.',
    parse: parseDuration,
  },
  MANIFEST_CACHE_DEFAULT_TIME: {
    default: '1h',
    help: 'How long the digest of any other tag is good, such as that of `latest`.',
    parse: parseDuration,
  },
  MANIFEST_CACHE_NEVER_REGEX: {
    default: '',
    help: 'Tags that start like this are never remembered; it goes before the tiers. Empty: none.',
    parse: parseRegex,
  },
  OFFLINE: {
    default: 'false',
    help: '`true`: nothing goes out to any upstream, and what is here is served whatever its age.',
    parse: parseBoolean,
  },
  EGRESS_CONNECTIONS_PER_BLOB: {
    default: '4',
    help: 'How many connections one large blob may use, where each more makes it faster.',
    parse: parseInteger(1, 16),
  },
  PREFETCH: {
    default: 'on',
    help: '`on`: the layers of an image are fetched as soon as its manifest is pulled. `off`: when asked for.',
    parse: parseOneOf('on', 'off'),
  },
  PREFETCH_MAX_SIZE: {
    default: '2G',
    help: 'Images with more bytes in their layers are not fetched ahead.',
    parse: parseSize,
  },
  LOG_LEVEL: {
    default: 'info',
    help: `One of ${LOG_LEVELS.join(', ')}.`,
    parse: parseOneOf(...LOG_LEVELS),
  },
} as const satisfies Record<string, Setting<unknown>>;

type ValueOf<S> = S extends { parse: ParseValue<infer T> } ? T : never;

/** The settings by name, each as the value that its row parses to (bytes, milliseconds, …). */
export type Settings = {
  readonly [Name in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[Name]>;
};
