/**
 * Control characters (C0, C1, DEL), format characters such as direction overrides, line separators,
 * and unassigned code points. All are invisible, and a terminal may obey them.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}]/gu;

/**
 * Escapes each invisible character as `\uXXXX`, so that the text is one line and cannot control a
 * terminal. JSON keeps its meaning, because it uses the same escapes.
 */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, escapeUnits);
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}
