import { parseDuration } from '@registry-cache/domain';
import type { Setting } from '../values/setting.ts';
import {
  parseAbsolutePath,
  parseBoolean,
  parseListenAddress,
  parseOneOf,
  parseOptionalDuration,
  parsePorts,
  parseSecret,
  parseText,
  parseWords,
} from '../values/value.ts';

const HOST_WORD = /^(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const FORBIDDEN_WORD =
  /^(?:private|(?:\*\.)?[A-Za-z0-9][A-Za-z0-9.-]*|[0-9A-Fa-f.:]+(?:\/\d{1,3})?)$/;

/** The proxy for HTTPS_PROXY, with the registries and logins that a pull secret cannot hold. */
export const CONNECT_SETTINGS = {
  CONNECT_PROXY: {
    default: 'auto',
    help: 'The proxy for clients with HTTPS_PROXY: `on`, `off`, or `auto`, which is on where CA_DIR exists.',
    parse: parseOneOf('auto', 'on', 'off'),
  },
  CONNECT_LISTEN: {
    default: ':3128',
    help: 'The address that the proxy listens on.',
    parse: parseListenAddress,
  },
  CA_DIR: {
    default: '/ca',
    help: 'The folder of the authority that signs for the proxied registries: `ca.crt` and `ca.key`. If they are missing, an authority is made and kept.',
    parse: parseAbsolutePath,
  },
  REGISTRIES: {
    default: '',
    help: 'Registries that the proxy answers for, space-separated. If the pull secret does not name one, it becomes an anonymous upstream. Empty: the registries of the pull secret.',
    parse: parseWords('hosts as quay.io or reg.example.com:5000', HOST_WORD),
  },
  CONNECT_OTHERS: {
    default: 'tunnel',
    help: 'How the proxy treats all other hosts: `tunnel` passes their traffic on untouched, `refuse` refuses them.',
    parse: parseOneOf('tunnel', 'refuse'),
  },
  CONNECT_PORTS: {
    default: '443',
    help: 'Ports that the proxy tunnels to, space-separated.',
    parse: parsePorts,
  },
  CONNECT_FORBIDDEN: {
    default: '',
    help: 'Targets that the proxy never tunnels to, besides loopback and link-local addresses: addresses, networks as 10.0.0.0/8, `private` for all private networks, host names, `*.example.com`. Space-separated.',
    parse: parseWords('networks, host names, or private', FORBIDDEN_WORD),
  },
  CONNECT_OPEN_TIMEOUT: {
    default: '',
    help: 'How long the other end of a tunnel may take to accept a connection, 20s at most. Empty: as EGRESS_CONNECT_TIMEOUT.',
    parse: parseOptionalDuration,
  },
  CONNECT_IDLE_TIMEOUT: {
    default: '1h',
    help: 'How long a tunnel to another host may be silent.',
    parse: parseDuration,
  },
  CONNECT_SEND_TIMEOUT: {
    default: '',
    help: 'How long the other end of a tunnel may leave sent bytes without a receipt. Empty: as long as the kernel allows.',
    parse: parseOptionalDuration,
  },
  AUTH_REGISTRIES: {
    default: '',
    help: 'Credentials beside the pull secret, as `host:user:password host:user:password`. The host is a registry, or the token service of one.',
    parse: parseSecret,
  },
  AUTH_REGISTRIES_DELIMITER: {
    default: ' ',
    help: 'The delimiter between two entries of AUTH_REGISTRIES.',
    parse: parseText('1 to 20 characters', /^.{1,20}$/s),
  },
  AUTH_REGISTRY_DELIMITER: {
    default: ':',
    help: 'The delimiter between host, user and password in AUTH_REGISTRIES.',
    parse: parseText('1 to 20 characters', /^.{1,20}$/s),
  },
  ALLOW_PUSH: {
    default: 'false',
    help: "`true` passes pushes through the proxy on to the registry, with the client's own credentials.",
    parse: parseOneOf('false', 'true'),
  },
  PUSH_BUFFERING: {
    default: 'false',
    help: '`true`: the registry gets a pushed body once it is here, as far as it fits into 256 KiB. `false`: byte by byte.',
    parse: parseBoolean,
  },
} as const satisfies Record<string, Setting<unknown>>;
