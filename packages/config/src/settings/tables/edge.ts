import { parseDuration } from '@registry-cache/domain';
import { parseClientAddress } from '../values/client-address.ts';
import { parseNetworks } from '../values/networks.ts';
import type { Setting } from '../values/setting.ts';
import {
  parseAbsolutePath,
  parseBoolean,
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
    help: 'Certificate and private key in one PEM file. If it is missing, a self-signed certificate is made and kept.',
    parse: parseAbsolutePath,
  },
  CERTIFICATE_KEY_PATH: {
    default: '',
    help: 'The private key in a PEM file of its own, such as `/certs/tls.key` of a TLS secret. CERTIFICATEPATH then has the certificate and its chain; a key in it is not used. Both files must be there. Empty: the key is in CERTIFICATEPATH.',
    parse: parseOptional(parseAbsolutePath),
  },
  CERTIFICATE_NAMES: {
    default: '',
    help: 'More host names and addresses, space-separated, for a certificate that is made here. `*.cache.example.com` also adds `quay.io.cache.example.com` and so on for every registry.',
    parse: parseWords('host names and IP addresses', /^(\*\.)?[A-Za-z0-9_.:-]+$/),
  },
  CLIENT_ADDRESS: {
    default: '',
    help: 'Where clients reach the cache, as `cache.example.com:8443`, without the port where it is 443. Commands that the cache shows have it. Empty: the first of CERTIFICATE_NAMES, and port 8443, or REDIRECT_PORT where REDIRECT_LISTEN is set.',
    parse: parseOptional(parseClientAddress),
  },
  DEFAULT_REGISTRY: {
    default: '',
    help: 'The registry of image names without one: a key of the pull secret, or `none`. Empty: docker.io where it is served, else the only registry, if the cache serves just one.',
    parse: parseText('a key of the pull secret, or none', /^[^\s"\\]*$/),
  },
  ON_DEMAND_REGISTRIES: {
    default: '',
    help: 'Registries that are served on demand, without credentials, besides those of the pull secret: hosts, `*` for any part of a name, space-separated, such as `ghcr.io *.gcr.io`. Never private addresses. Keys with `*` of the pull secret and of the policy file serve registries on demand too, with their login or the identity of a cloud.',
    parse: parseWords('hosts in lower case, with * for parts', /^[a-z0-9*.-]+(:\d{1,5})?$/),
  },
  REDIRECT_LISTEN: {
    default: '',
    help: 'The address of a listener that redirects plain HTTP to https://, such as `:8080`. Empty: none.',
    parse: parseOptional(parseListenAddress),
  },
  REDIRECT_PORT: {
    default: '443',
    help: 'The port that REDIRECT_LISTEN redirects clients to.',
    parse: parseInteger(1, 65_535),
  },
  HTTP_LISTEN: {
    default: '',
    help: 'The address of a listener that serves the registry API in plain HTTP, such as `:5000`: for an ingress that ends TLS, or for the machine itself. Passwords cross it in plain text. Empty: none.',
    parse: parseOptional(parseListenAddress),
  },
  TRUSTED_PROXIES: {
    default: '',
    help: 'Networks of the proxies in front, space-separated, such as `10.0.0.0/8 fd00::/8`. Their X-Forwarded-For, -Proto and -Host count, and those of nobody else.',
    parse: parseNetworks,
  },
  PROXY_PROTOCOL: {
    default: 'false',
    help: '`true`: each connection from TRUSTED_PROXIES must begin with a header of the PROXY protocol, on every listener but HEALTH_LISTEN and ADMIN_LISTEN.',
    parse: parseBoolean,
  },
  REGISTRY_AUTH: {
    default: '',
    help: '`htpasswd` turns authentication on.',
    parse: parseOneOf('', 'htpasswd'),
  },
  REGISTRY_AUTH_HTPASSWD_REALM: {
    default: 'Registry Realm',
    help: 'The realm that clients see.',
    parse: parseText('1 to 100 printable ASCII characters except " and \\', /^[ !#-[\]-~]{1,100}$/),
  },
  REGISTRY_AUTH_HTPASSWD_PATH: {
    default: '/auth/htpasswd',
    help: 'The htpasswd file; bcrypt entries only (`htpasswd -BC 10`).',
    parse: parseAbsolutePath,
  },
  MAX_REQUESTS_PER_SOURCE: {
    default: '0',
    help: 'How many requests one address (or one /64 network of IPv6) may have at once. Further ones get 429. `0`: half of the requests that the edge accepts at once, which depends on the memory.',
    parse: parseInteger(0, 65_535),
  },
  EDGE_HEADER_TIMEOUT: {
    default: '30s',
    help: 'How long a client may take to send the headers of a request.',
    parse: parseDuration,
  },
  EDGE_BODY_TIMEOUT: {
    default: '5m',
    help: 'How long a client that pushes may pause in a body.',
    parse: parseDuration,
  },
  EDGE_SEND_TIMEOUT: {
    default: '5m',
    help: 'How long a client may take nothing of a body that is sent to it.',
    parse: parseDuration,
  },
  EDGE_KEEPALIVE_TIMEOUT: {
    default: '75s',
    help: "How long a client's connection stays open between two requests.",
    parse: parseDuration,
  },
  HEALTH_LISTEN: {
    default: '127.0.0.1:8081',
    help: 'The address that serves /healthz, /readyz and /metrics, in plain HTTP.',
    parse: parseListenAddress,
  },
  ADMIN_LISTEN: {
    default: '',
    help: 'The address of a listener for the admin API, by TLS, such as `:8445`. `access.admin` and `access.view` of the policy file say who may use it. Empty: none, and the API is on its unix socket alone.',
    parse: parseOptional(parseListenAddress),
  },
} as const satisfies Record<string, Setting<unknown>>;
