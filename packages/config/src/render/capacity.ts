import type { Model } from '../model/build.ts';

/** How much the edge takes on at once; docs/configuration.md explains the numbers. */
export interface Capacity {
  /** Requests to one upstream that the hot lane has at once; more of them wait. */
  readonly requests: number;
  /** Requests of one source address, beyond which it is told 429. */
  readonly requestsPerSource: number;
  /** Connections of one listener; more of them wait to be accepted. */
  readonly connections: number;
  readonly connectionsPerSource: number;
  /** Of all listeners, with room for those of health and metrics. */
  readonly allConnections: number;
  /** Requests that one h2 connection has at once. */
  readonly streams: number;
  /** What one process of nginx has open: the edge's connections, and those to what is behind. */
  readonly nginxConnections: number;
}

const MIB = 1024 ** 2;

/** A request whose client does not read: three buffers of 256 KiB in HAProxy, and the sockets'. */
const BYTES_PER_REQUEST = MIB;

/** What all programs hold that do nothing, with some room. */
const BYTES_AT_REST = 320 * MIB;

/** The rest of what is left is for the programs behind, and for files in memory. */
const SHARE_OF_MEMORY = 0.6;

const MIN_REQUESTS = 128;
const MAX_REQUESTS = 4096;

/** Keep-alive connections that ask for nothing cost little: this many for each request. */
const CONNECTIONS_PER_REQUEST = 4;

/** Go's client opens another connection when one has no stream left. */
const STREAMS = 32;

/** Files of HAProxy that are no connections: listeners, checks, threads, what it has loaded. */
const OTHER_FILES = 512;

/** Two for each of two listeners, and as HAProxy counts half as many for the pipes of tunnels. */
const FILES_PER_CONNECTION = 5;

/** What the edge can take on with the memory and the open files that the container may have. */
export function planCapacity({
  memoryBytes,
  openFiles,
  settings,
}: Pick<Model, 'memoryBytes' | 'openFiles' | 'settings'>): Capacity {
  const forRequests = Math.max(0, memoryBytes - BYTES_AT_REST) * SHARE_OF_MEMORY;
  const byMemory = Math.floor(forRequests / BYTES_PER_REQUEST);
  const byFiles = Math.floor(Math.max(256, openFiles - OTHER_FILES) / FILES_PER_CONNECTION);
  const requests = clamp(Math.min(byMemory, byFiles), MIN_REQUESTS, MAX_REQUESTS);
  const connections = Math.max(64, Math.min(requests * CONNECTIONS_PER_REQUEST, byFiles));
  const { MAX_REQUESTS_PER_SOURCE: asked } = settings;
  const requestsPerSource = asked === 0 ? Math.floor(requests / 2) : asked;
  return {
    requests,
    requestsPerSource,
    connections,
    connectionsPerSource: Math.floor((connections * 3) / 4),
    allConnections: connections * 2 + 128,
    streams: STREAMS,
    nginxConnections: Math.min(requests * 2 + 1024, openFiles),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
