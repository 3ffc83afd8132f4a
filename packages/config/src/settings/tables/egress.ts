import { parseDuration, parseSize } from '@registry-cache/domain';
import type { Setting } from '../values/setting.ts';
import { parseBoolean, parseInteger, parseOneOf, parseOptionalSize } from '../values/value.ts';

/** How egress asks upstreams, and how much it asks of them. */
export const EGRESS_SETTINGS = {
  EGRESS_PORT: {
    default: '5001',
    help: 'Loopback port between the engines and egress; change it if host networking has it taken.',
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
    help: 'How long an upstream may take until a blob begins: scanning proxies and caches may take in all of it first.',
    parse: parseDuration,
  },
  EGRESS_IDLE_TIMEOUT: {
    default: '10s',
    help: 'How long a body from an upstream may pause before its rest is asked for again.',
    parse: parseDuration,
  },
  EGRESS_LOWEST_RATE: {
    default: '1K',
    help: 'What a body from an upstream has to bring in a second, on average over EGRESS_LOWEST_RATE_TIME. One that brings less is asked for again, and given up in the end; 0 for no limit. Time in which limits or slow readers hold a body back does not count.',
    parse: parseOptionalSize,
  },
  EGRESS_LOWEST_RATE_TIME: {
    default: '1m',
    help: 'The time over which EGRESS_LOWEST_RATE is measured.',
    parse: parseDuration,
  },
  EGRESS_RANGES_UNTIL_FETCH: {
    default: '4',
    help: 'From so many Range requests for one blob on, all of it is fetched and kept, whatever PREFETCH_MAX_SIZE says; 0 for never.',
    parse: parseInteger(0, 1_000_000),
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
} as const satisfies Record<string, Setting<unknown>>;
