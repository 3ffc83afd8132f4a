/**
 * Reads an object that is a short text.
 * @returns undefined for one of more than `maxBytes`, whatever the bucket said of its size.
 * @throws if the body breaks off.
 */
export async function readText(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<string | undefined> {
  return (await readBytes(body, maxBytes))?.toString('utf8');
}

/** As `readText`, for bytes. */
export async function readBytes(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop destroys the body.
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
