import { INTERNAL_HEADERS } from '@registry-cache/domain';
import { namesTag } from '../../wire/http/if-none-match.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';

/** A manifest in memory, its digest true. */
export interface StoredManifest {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly type: string;
  /** Whether the store can hold it, which is: whether distribution could serve it. */
  readonly isStorable: boolean;
}

/** How the caller is told where an answer came from, and for how long it may be repeated. */
export interface CacheStatus {
  /** `HIT`: nobody was asked. `MISS`: the upstream was. `STALE`: it should have been, and could not. */
  readonly cache: 'HIT' | 'MISS' | 'STALE';
  readonly repeatMs: number;
}

/** How long nginx may repeat an answer at most: the store decides what is here. */
const REPEAT_LIMIT_S = 4;

/** The answer that a manifest is: its head, a 304 for who has it already. */
export function manifestResponse(
  manifest: StoredManifest,
  request: RegistryRequest,
  { cache, repeatMs }: CacheStatus,
): RegistryResponse {
  const etag = `"${manifest.digest}"`;
  // nginx counts in whole seconds, and the last one to its end.
  const seconds = Math.floor(repeatMs / 1000) - 1;
  const repeatS = String(Math.max(0, Math.min(seconds, REPEAT_LIMIT_S)));
  const headers = {
    'docker-content-digest': manifest.digest,
    etag,
    [INTERNAL_HEADERS.cache.key]: cache,
    [INTERNAL_HEADERS.accelExpires.key]: repeatS,
  };
  if (namesTag(request.ifNoneMatch, etag)) return { status: 304, headers, body: undefined };
  return {
    status: 200,
    headers: {
      ...headers,
      'content-type': manifest.type,
      'content-length': String(manifest.bytes.length),
    },
    body: request.method === 'HEAD' ? undefined : once(manifest.bytes),
  };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
