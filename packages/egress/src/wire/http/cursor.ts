/** No registry has a cursor that is longer; what is behind takes request lines of 32 KiB. */
export const LONGEST_QUERY = 4_096;

/** Characters that a query may hold as they are. Source: RFC 3986, section 3.4. */
const OTHERS = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]/g;

/** Parameters of the distribution specification. Any other one is a cursor that only its registry can read. */
const KNOWN = new Set(['n', 'last', 'artifactType']);

/**
 * A query as it was given, byte for byte, but for characters that no query may hold.
 * Undefined for one that is too long or holds control characters, blanks or text beyond ASCII.
 */
export function readQuery(text: string): string | undefined {
  if (text.length > LONGEST_QUERY || !/^[\x21-\x7e]*$/.test(text)) return undefined;
  return text.replace(OTHERS, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Whether a page is asked for by a cursor, so that nothing that is known here can be that page. */
export function hasForeignCursor(target: string): boolean {
  return [...new URLSearchParams(target.split('?')[1]).keys()].some((name) => !KNOWN.has(name));
}
