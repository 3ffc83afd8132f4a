import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Appliance } from '@registry-cache/testbed';

/** The folder of the appliance's unix sockets, as this machine sees it. */
export async function socketFolder({ pid }: Pick<Appliance, 'pid'>): Promise<string> {
  return `/proc/${await pid()}/root/run/registry-cache/sock`;
}

export interface HotAnswer {
  readonly status: number;
  /** X-Cache. */
  readonly cache: unknown;
  readonly body: Buffer;
}

export interface HotRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** After so many milliseconds without an answer it throws. */
  readonly timeoutMs?: number;
}

/** Asks the hot lane of an upstream as the edge does, with private headers too. */
export async function askHotLane(
  appliance: Appliance,
  upstreamId: string,
  path: string,
  { method = 'GET', headers = {}, timeoutMs = 10_000 }: HotRequest = {},
): Promise<HotAnswer> {
  const socketPath = `${await socketFolder(appliance)}/hot-${upstreamId}.sock`;
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    request({ socketPath, path, method, headers, signal, agent: false }, (answer) => {
      const { statusCode: status = 0, headers: got } = answer;
      buffer(answer).then((body) => resolve({ status, cache: got['x-cache'], body }), reject);
    })
      .on('error', reject)
      .end();
  });
}
