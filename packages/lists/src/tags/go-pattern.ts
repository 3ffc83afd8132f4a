import { RE2JS, RE2JSException } from 're2js';

/**
 * Compiles an expression as Go's `regexp` does. Its time grows with the length of the tag alone, so
 * no expression of a list can hang the program.
 * @returns undefined for an expression that Go refuses.
 */
export function compilePattern(text: string): ((tag: string) => boolean) | undefined {
  try {
    const pattern = RE2JS.compile(text);
    return (tag) => pattern.matcher(tag).find();
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}
