import type { RegistryResponse } from '../../cache/contract/registry-response.ts';

/** A response that can be sent: any failure before its first byte has happened by now. */
export interface StartedResponse {
  readonly response: RegistryResponse;
  readonly first: IteratorResult<Uint8Array> | undefined;
  readonly chunks: AsyncIterator<Uint8Array> | undefined;
}

/**
 * Waits for the response and for the first piece of its body. A failure until then can still become
 * an error response.
 * @param signal aborted when nobody wants the response any more. The body then ends at once, also
 * while its first piece is still to come.
 * @throws the error of the response or of its body.
 */
export async function startResponse(
  asked: Promise<RegistryResponse>,
  signal: AbortSignal,
): Promise<StartedResponse> {
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

/** Ends a body that nobody will read. */
export async function discardBody({ chunks }: StartedResponse): Promise<void> {
  await chunks?.return?.();
}
