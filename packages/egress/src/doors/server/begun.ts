import type { RegistryResponse } from '../../cache/contract/registry-response.ts';

/** An answer that can be sent: what fails before its first byte has failed by now. */
export interface Begun {
  readonly response: RegistryResponse;
  readonly first: IteratorResult<Uint8Array> | undefined;
  readonly chunks: AsyncIterator<Uint8Array> | undefined;
}

/**
 * Waits for the answer and for the first piece of its body, so that a failure before it can still
 * be told as an error.
 * @param signal aborted where nobody wants it any more: the body is then let go of at once, also
 * while its first piece is still to come.
 * @throws what the answer or its body throws.
 */
export async function begin(asked: Promise<RegistryResponse>, signal: AbortSignal): Promise<Begun> {
  const response = await asked;
  const chunks = response.body?.[Symbol.asyncIterator]();
  const leave = () => void chunks?.return?.().catch(() => undefined);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    return { response, chunks, first: await chunks?.next() };
  } catch (error) {
    await chunks?.return?.();
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** Lets go of a body that nobody will read. */
export async function letGo({ chunks }: Begun): Promise<void> {
  await chunks?.return?.();
}
