import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ErrorPhase } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { RegistryError } from '../errors/registry-error.ts';
import type { Reply } from '../transport/transport.ts';
import { resumingBody } from './resume.ts';

const LENGTH = 10;

/** How often the rest of a broken body is requested, when each request fails like this. */
async function countRequests(phase: ErrorPhase, status?: number): Promise<number> {
  const opened = {
    url: new URL('http://up.test/'),
    status: 200,
    headers: { 'content-length': String(LENGTH) },
    body: Readable.from([Buffer.alloc(LENGTH / 2)]) as unknown as Reply['body'],
    redirected: false,
  } satisfies Reply;
  const failure = new RegistryError({
    phase,
    ...(status !== undefined && { status }),
    code: 'UNAVAILABLE',
    message: 'up.test failed',
  });
  let requests = 0;
  const body = resumingBody({
    ...{ start: 0, end: LENGTH - 1, opened, allowsOtherEtags: true },
    version: { host: 'up.test', source: undefined, etag: undefined, totalBytes: LENGTH },
    reopen: () => {
      requests += 1;
      return Promise.reject(failure);
    },
    sleep: async () => undefined,
    onResume: () => undefined,
    timeouts: { connectMs: 1000, headersMs: 1000, blobHeadersMs: 1000, idleMs: 1000 },
    lowestRate: { lowestBytesPerSecond: 0, lowestRateMs: 1000 },
  });
  await expect(buffer(body)).rejects.toThrow();
  return requests;
}

test.each<ErrorPhase>(['guard', 'credentials', 'token', 'page'])(
  'a body is given up at once after a failure of the phase %s',
  async (phase) => {
    expect(await countRequests(phase, 502)).toBe(1);
  },
);

test.each<ErrorPhase>(['connect', 'headers', 'circuit-open', 'limit', 'cool-down'])(
  'a body is requested again after a failure of the phase %s',
  async (phase) => {
    expect(await countRequests(phase)).toBeGreaterThan(1);
  },
);
