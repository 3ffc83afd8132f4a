/** Whether a text matches a glob from its start to its end. */
export type Glob = (text: string) => boolean;

/**
 * Compiles a glob: `*` stands for any characters but `separator`, and `**` for any characters.
 * All other characters stand for themselves. Time grows with the product of both lengths and never
 * faster, whatever the pattern: it follows all ways at once and goes back on none.
 *
 * @param separator one character that `*` does not match; undefined if `*` matches all.
 */
export function compileGlob(pattern: string, separator: string | undefined): Glob {
  const tokens = tokenizeGlob(pattern);
  if (!tokens.some(isWildcard)) return (text) => text === pattern;
  return (text) => {
    let states = closeOver(tokens, new Set([0]));
    for (const character of text) {
      const next = new Set<number>();
      for (const state of states) {
        const token = tokens[state];
        if (token === undefined) continue;
        if (!isWildcard(token)) {
          if (token === character) next.add(state + 1);
        } else if (takesCharacter(token, character, separator)) next.add(state);
      }
      if (next.size === 0) return false;
      states = closeOver(tokens, next);
    }
    return states.has(tokens.length);
  };
}

const WITHIN_PART = '*';
const ANYTHING = '**';

/** The wildcards and characters of a glob, in order. */
export function tokenizeGlob(pattern: string): readonly string[] {
  return pattern.match(/\*\*|[\s\S]/gu) ?? [];
}

export function isWildcard(token: string): boolean {
  return token === WITHIN_PART || token === ANYTHING;
}

/** Whether a wildcard may stand for a text with this character. */
export function takesCharacter(
  wildcard: string,
  character: string,
  separator: string | undefined,
): boolean {
  return wildcard === ANYTHING || character !== separator;
}

/** Adds the states behind wildcards, because a wildcard may stand for nothing. */
function closeOver(tokens: readonly string[], states: Set<number>): Set<number> {
  // A set is iterated in the order of insertion, added members included.
  for (const state of states) {
    const token = tokens[state];
    if (token !== undefined && isWildcard(token)) states.add(state + 1);
  }
  return states;
}
