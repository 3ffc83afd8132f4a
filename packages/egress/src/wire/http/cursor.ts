/** Longer than the cursor of any known registry. The servers here take request lines of 32 KiB. */
export const LONGEST_QUERY = 4_096;

/** Characters that a query may hold as they are. Source: RFC 3986, section 3.4. */
const OTHERS = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]/g;

/** Parameters of the distribution specification. Any other parameter is a cursor of one registry. */
const KNOWN = new Set(['n', 'last', 'artifactType']);

/**
 * A query, byte for byte. Only characters that a query must not hold are percent-encoded.
 * Undefined if it is too long or holds control characters, blanks or text beyond ASCII.
 */
export function readQuery(text: string): string | undefined {
  if (text.length > LONGEST_QUERY || !/^[\x21-\x7e]*$/.test(text)) return undefined;
  return text.replace(OTHERS, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Whether a target names a page by a registry's own cursor. Only the registry has such a page. */
export function hasForeignCursor(target: string): boolean {
  return [...new URLSearchParams(target.split('?')[1]).keys()].some((name) => !KNOWN.has(name));
}
