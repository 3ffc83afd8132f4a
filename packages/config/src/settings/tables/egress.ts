import { parseDuration, parseSize } from '@registry-cache/domain';
import type { Setting } from '../values/setting.ts';
import { parseBoolean, parseInteger, parseOneOf, parseOptionalSize } from '../values/value.ts';

/** How egress asks upstreams, and how much it asks of them. */
export const EGRESS_SETTINGS = {
  EGRESS_PORT: {
    default: '5001',
    help: 'Loopback port between the engines and egress. Change it if another program has it with host networking.',
    parse: parseInteger(1, 65_535),
  },
  EGRESS_CONNECT_TIMEOUT: {
    default: '30s',
    help: 'How long a connection to an upstream may take, name lookup and TLS included.',
    parse: parseDuration,
  },
  EGRESS_HEADERS_TIMEOUT: {
    default: '30s',
    help: 'How long an upstream may take to answer a request that is not for a blob.',
    parse: parseDuration,
  },
  EGRESS_BLOB_HEADERS_TIMEOUT: {
    default: '2m',
    help: 'How long an upstream may take until a blob begins. Scanning proxies and caches may read all of it first.',
    parse: parseDuration,
  },
  EGRESS_IDLE_TIMEOUT: {
    default: '10s',
    help: 'How long a body from an upstream may pause. After that, its rest is requested again.',
    parse: parseDuration,
  },
  EGRESS_SEND_TIMEOUT: {
    default: '10m',
    help: 'How long a registry may take nothing of a body that is pushed to it.',
    parse: parseDuration,
  },
  EGRESS_LOWEST_RATE: {
    default: '1K',
    help: 'The lowest rate of a body from an upstream, in bytes a second on average over EGRESS_LOWEST_RATE_TIME. A slower body is requested again, and given up in the end. 0: no limit. Time in which limits or slow readers hold a body back does not count.',
    parse: parseOptionalSize,
  },
  EGRESS_LOWEST_RATE_TIME: {
    default: '1m',
    help: 'The time over which EGRESS_LOWEST_RATE is measured.',
    parse: parseDuration,
  },
  EGRESS_RANGES_UNTIL_FETCH: {
    default: '4',
    help: 'From so many Range requests for one blob on, all of the blob is fetched and kept, whatever PREFETCH_MAX_SIZE says. 0: never.',
    parse: parseInteger(0, 1_000_000),
  },
  EGRESS_MAX_CONNECTIONS: {
    default: '256',
    help: 'How many requests all upstreams together get at a time. An upstream without a limit of its own gets three quarters of them at most.',
    parse: parseInteger(2, 100_000),
  },
  EGRESS_REQUESTS_PER_SECOND: {
    default: '0',
    help: 'How many requests a second all upstreams get together. 0: no limit.',
    parse: parseInteger(0, 1_000_000),
  },
  EGRESS_BYTES_PER_SECOND: {
    default: '0',
    help: 'How many bytes a second are fetched from all upstreams together, such as 50MB. 0: no limit.',
    parse: parseOptionalSize,
  },
  EGRESS_NOT_FOUND_TIME: {
    default: '5s',
    help: 'How long an upstream is not asked again for content that it did not have.',
    parse: parseDuration,
  },
  OFFLINE: {
    default: 'false',
    help: '`true`: no request goes to any upstream, and stored content is served whatever its age.',
    parse: parseBoolean,
  },
  EGRESS_CONNECTIONS_PER_BLOB: {
    default: '4',
    help: 'How many connections one large blob may use, as long as each further one makes it faster.',
    parse: parseInteger(1, 16),
  },
  PREFETCH: {
    default: 'on',
    help: '`on`: the layers of an image are fetched as soon as its manifest is pulled. `off`: when a client asks for them.',
    parse: parseOneOf('on', 'off'),
  },
  PREFETCH_MAX_SIZE: {
    default: '2G',
    help: 'Images with more bytes in their layers are not fetched ahead.',
    parse: parseSize,
  },
} as const satisfies Record<string, Setting<unknown>>;
