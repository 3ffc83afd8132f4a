/**
 * Controls (C0, C1, DEL), formats such as the overrides of writing direction, separators of lines,
 * and what is no character: none of it can be seen, and a terminal may obey it.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}]/gu;

/**
 * The text as one line that a terminal only shows: each character that cannot be seen becomes its
 * `\uXXXX`, as JSON writes it, so that JSON stays the same JSON.
 */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, escapeUnits);
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}
