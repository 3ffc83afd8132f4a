/** Passes a body on that is not stored, and counts its bytes. */
export async function* countUncached(
  { onUncached }: { readonly onUncached: (bytes: number) => void },
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onUncached(chunk.length);
    yield chunk;
  }
}
