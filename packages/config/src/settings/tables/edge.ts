import type { Setting } from '../values/setting.ts';
import {
  parseAbsolutePath,
  parseInteger,
  parseListenAddress,
  parseOneOf,
  parseOptional,
  parseText,
  parseWords,
} from '../values/value.ts';

/** How clients reach the cache: certificate, names, listeners, login, health. */
export const EDGE_SETTINGS = {
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
    help: 'The htpasswd file; bcrypt entries only (`htpasswd -BC 10`).',
    parse: parseAbsolutePath,
  },
  MAX_REQUESTS_PER_SOURCE: {
    default: '0',
    help: 'How many requests one address (of IPv6: one /64 network) has at once before it is told 429. `0`: half of what the edge takes at once, which follows from the memory.',
    parse: parseInteger(0, 65_535),
  },
  HEALTH_LISTEN: {
    default: '127.0.0.1:8081',
    help: 'Where /healthz, /readyz and /metrics are served, in plain HTTP.',
    parse: parseListenAddress,
  },
} as const satisfies Record<string, Setting<unknown>>;
