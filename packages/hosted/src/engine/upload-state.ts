import { createHmac } from 'node:crypto';

/** What the engine has to know of an upload to go on with it. */
export interface UploadState {
  readonly repository: string;
  readonly id: string;
  /** The bytes that have arrived. */
  readonly offset: number;
  /** RFC 3339, as the engine wrote it at the start. */
  readonly startedAt: string;
}

/**
 * The text that the engine accepts as `_state` of an upload. It refuses any other offset than the
 * size on disk and then drops the upload, so clients do not carry this text: an upload that broke
 * off, here or there, goes on at the size that is on disk.
 * Source: registry/handlers/hmac.go of distribution at v3.1.1.
 */
export function signUploadState(state: UploadState, secret: string): string {
  const text = JSON.stringify({
    Name: state.repository,
    UUID: state.id,
    Offset: state.offset,
    StartedAt: state.startedAt,
  });
  const mac = createHmac('sha256', secret).update(text).digest();
  const signed = Buffer.concat([mac, Buffer.from(text)]).toString('base64');
  return signed.replaceAll('+', '-').replaceAll('/', '_');
}
