import { TransportError } from '../../wire/transport/failure.ts';
import type { SharedBody } from './shared-body.ts';

/** How often the readers are checked within `unreadMs`. */
const CHECKS = 5;

/**
 * Aborts `over` when the body had no reader for `unreadMs`. It is for bodies of unknown size, which
 * may have no end. Only a reader justifies them, or a manifest that names a size: until
 * `expectedBytes` are released, no reader is needed. The checks end when `over` is aborted.
 */
export function abortWhenUnread(
  body: SharedBody,
  unreadMs: number,
  over: AbortController,
  expectedBytes: number,
): void {
  let lastReadMs = performance.now();
  const timer = setInterval(() => {
    if (body.hasReaders || body.releasedBytes < expectedBytes) lastReadMs = performance.now();
    if (performance.now() - lastReadMs < unreadMs) return;
    over.abort(new TransportError('body', 'nobody reads it, and its size is not known'));
  }, unreadMs / CHECKS);
  timer.unref();
  over.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
