import { MAX_JSON_DEPTH, MAX_JSON_VALUES } from '../limits.ts';

/** What a text has, told without making its values. */
export interface JsonMeasure {
  readonly values: number;
  /** Members of the longest list or object. */
  readonly longest: number;
  readonly depth: number;
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Counts the values of a JSON text; an empty list counts twice. A small text may become many objects: `[{},{},…` takes twenty
 * times its size. The counts of a text that is not JSON mean nothing. It ends at the first excess of
 * the depth, so that its own memory stays small.
 */
export function measureJson(bytes: Uint8Array): JsonMeasure {
  const counts: number[] = [];
  let [values, longest, depth] = [1, 0, 0];
  let isInString = false;
  for (let at = 0; at < bytes.length && depth <= MAX_JSON_DEPTH; at += 1) {
    const byte = bytes[at];
    if (isInString) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isInString = false;
    } else if (byte === QUOTE) isInString = true;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      values += 1;
      counts.push(1);
      depth = Math.max(depth, counts.length);
    } else if (byte === COMMA) {
      values += 1;
      counts.push((counts.pop() ?? 0) + 1);
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      longest = Math.max(longest, counts.pop() ?? 0);
    }
  }
  return { values, longest: Math.max(longest, ...counts), depth };
}

/** What is too much of a JSON text; undefined for one that may be parsed. */
export function findExcess({ values, depth }: JsonMeasure): string | undefined {
  if (depth > MAX_JSON_DEPTH) return `lists in lists, deeper than ${MAX_JSON_DEPTH}`;
  if (values > MAX_JSON_VALUES) return `more than ${MAX_JSON_VALUES} values`;
  return undefined;
}
