/**
 * The payload of a signed manifest of schema 1: its bytes without the signatures. The manifest's
 * digest is that of the payload. Undefined for any other bytes.
 * Source: Docker image manifest v2, schema 1, "Signed Manifests".
 */
export function schema1Payload(bytes: Buffer): Buffer | undefined {
  const first = protectedPart(bytes);
  if (first === undefined) return undefined;
  const { formatLength, formatTail } = first;
  if (!Number.isInteger(formatLength) || typeof formatTail !== 'string') return undefined;
  const head = bytes.subarray(0, Math.max(0, Math.min(Number(formatLength), bytes.length)));
  return Buffer.concat([head, Buffer.from(formatTail, 'base64url')]);
}

function protectedPart(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const { schemaVersion, signatures } = Object(JSON.parse(bytes.toString('utf8')));
    if (schemaVersion !== 1) return undefined;
    const text = Buffer.from(String(signatures[0].protected), 'base64url').toString('utf8');
    return Object(JSON.parse(text));
  } catch {
    return undefined;
  }
}
