/** Counts the bytes of a body that is passed on and not kept. */
export async function* countUncached(
  { onUncached }: { readonly onUncached: (bytes: number) => void },
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onUncached(chunk.length);
    yield chunk;
  }
}
