/** Counted from 1, as editors do. */
export interface FaultPlace {
  readonly line: number;
  readonly column: number;
}

/**
 * Where the parser gives up in a text that is not JSON. Its own message cannot be shown: it quotes the
 * text around the fault, which may be a secret.
 */
export function findJsonFault(text: string): FaultPlace {
  const before = text.slice(0, faultPosition(text)).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function faultPosition(text: string): number {
  const message = parseFault(text);
  const [, position] = /JSON at position (\d+)/.exec(message) ?? [];
  if (position !== undefined) return Number(position);
  return isUnexpected(message) ? unexpectedPosition(text) : text.trimEnd().length;
}

/**
 * Of a token that is out of place the parser does not say where it is. It is the last letter of the
 * shortest beginning of the text that has the same fault; all longer ones have it too.
 */
function unexpectedPosition(text: string): number {
  let good = 0;
  let faulty = text.length;
  while (faulty - good > 1) {
    const middle = Math.floor((good + faulty) / 2);
    if (isUnexpected(parseFault(text.slice(0, middle)))) faulty = middle;
    else good = middle;
  }
  return good;
}

function isUnexpected(message: string): boolean {
  return message.includes('Unexpected token');
}

/** The parser's message; empty where the text is JSON. */
function parseFault(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return String(error);
  }
}
