import type { MissReason } from '@registry-cache/domain';
import type { ResponseHeaders } from '../../wire/http/response-headers.ts';

/** The response to a registry request. Its body may throw after the first byte. */
export interface RegistryResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: AsyncIterable<Uint8Array> | undefined;
  /** Why the store alone did not answer; left out where it did. */
  readonly miss?: MissNote | undefined;
}

export interface MissNote {
  readonly why: MissReason;
  /** The failure in words. */
  readonly error?: string | undefined;
}
