import type { Model } from '../model/build.ts';

/** How much the edge accepts at once. docs/configuration.md explains the numbers. */
export interface Capacity {
  /** Requests to one upstream that the hot lane handles at once. Further ones wait. */
  readonly requests: number;
  /** Requests of one source address at once. Further ones get 429. */
  readonly requestsPerSource: number;
  /** Connections of one listener. Further ones wait to be accepted. */
  readonly connections: number;
  readonly connectionsPerSource: number;
  /** Connections of all listeners, with room for those of health and metrics. */
  readonly allConnections: number;
  /** Requests of one HTTP/2 connection at once. */
  readonly streams: number;
  /** Connections of one nginx process, both from the edge and to the programs behind. */
  readonly nginxConnections: number;
}

const MIB = 1024 ** 2;

/** Memory of a request whose client does not read: three HAProxy buffers of 256 KiB, and sockets. */
const BYTES_PER_REQUEST = MIB;

/** Memory of all idle programs, with a margin. */
const BYTES_AT_REST = 320 * MIB;

/** The edge's share of the memory that is left. The programs behind and cached files need the rest. */
const SHARE_OF_MEMORY = 0.6;

const MIN_REQUESTS = 128;
const MAX_REQUESTS = 4096;

/** Idle keep-alive connections cost little, so there are this many for each request. */
const CONNECTIONS_PER_REQUEST = 4;

/** Go's client opens another connection when one has no stream left. */
const STREAMS = 32;

/** Open files of HAProxy besides connections: listeners, checks, threads, loaded files. */
const OTHER_FILES = 512;

/** Two for each of two listeners. HAProxy counts half as many more for the pipes of tunnels. */
const FILES_PER_CONNECTION = 5;

/** The edge's capacity, by the memory and the open files that the container may have. */
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
