import type { ResponseHeaders } from '../../wire/http/response-headers.ts';

/** The response to a registry request. Its body may throw after the first byte. */
export interface RegistryResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: AsyncIterable<Uint8Array> | undefined;
}
