import { TransportError } from '../../wire/transport/failure.ts';
import type { SharedBody } from './shared-body.ts';

const LOOKS = 5;

/**
 * Aborts `over` when nobody has read the body for so long. For bodies of unknown size: they may
 * have no end, so only a reader justifies them, or a manifest that names so many bytes. The looks
 * end with `over`.
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
  }, unreadMs / LOOKS);
  timer.unref();
  over.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
