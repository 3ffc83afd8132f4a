/** Parses a JSON object of unknown shape. Other JSON and other bytes are an empty object. */
export function parseObject(bytes: Uint8Array): Record<string, unknown> {
  try {
    return asObject(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return {};
  }
}

/** The items of a list; none for any other value. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The members of an object; none for any other value. */
export function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
