import { INTERNAL_HEADERS } from '@registry-cache/domain';
import { listsEtag } from '../../wire/http/if-none-match.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { MissNote, RegistryResponse } from '../contract/registry-response.ts';
import { singleChunk } from '../contract/single-chunk.ts';

/** A manifest in memory, with its true digest. */
export interface StoredManifest {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly type: string;
  /** Whether the store can take it. It takes only types that the engine could serve as well. */
  readonly isStorable: boolean;
  /** Of a peer's answer: milliseconds since the upstream confirmed its tag. */
  readonly confirmedMsAgo?: number | undefined;
}

/** Where a response came from, and how long nginx may repeat it. */
export interface CacheStatus {
  /**
   * `HIT`: the upstream was not asked. `MISS`: it was. `STALE`: it should have been asked, and
   * could not be, or may not be for this client.
   */
  readonly cache: 'HIT' | 'MISS' | 'STALE';
  readonly repeatMs: number;
  /** Milliseconds since the upstream confirmed the tag, for peers. */
  readonly confirmedMsAgo?: number;
  /** Why it is no hit. */
  readonly miss?: MissNote;
}

/** The longest time that nginx may repeat a response. After it, nginx asks the store again. */
const REPEAT_LIMIT_S = 4;

/** The response with a manifest: 304 if the client has it already. */
export function manifestResponse(
  manifest: StoredManifest,
  request: RegistryRequest,
  { cache, repeatMs, confirmedMsAgo, miss }: CacheStatus,
): RegistryResponse {
  const etag = `"${manifest.digest}"`;
  // nginx counts in whole seconds, and repeats until the last one has ended.
  const seconds = Math.floor(repeatMs / 1000) - 1;
  const repeatS = String(Math.max(0, Math.min(seconds, REPEAT_LIMIT_S)));
  const headers = {
    'docker-content-digest': manifest.digest,
    etag,
    [INTERNAL_HEADERS.cache.key]: cache,
    [INTERNAL_HEADERS.accelExpires.key]: repeatS,
    ...(request.isFromPeer &&
      confirmedMsAgo !== undefined && { age: String(Math.ceil(confirmedMsAgo / 1000)) }),
  };
  if (listsEtag(request.ifNoneMatch, etag)) return { status: 304, headers, body: undefined, miss };
  return {
    status: 200,
    headers: {
      ...headers,
      'content-type': manifest.type,
      'content-length': String(manifest.bytes.length),
    },
    body: request.method === 'HEAD' ? undefined : singleChunk(manifest.bytes),
    miss,
  };
}
