/** One challenge of a `WWW-Authenticate` header; scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * All challenges of one or several `WWW-Authenticate` lines, in order. Quoted strings may hold
 * commas, equal signs and escapes. Unreadable text ends its line; challenges before it count.
 * Source: RFC 9110, sections 11.2 to 11.6.1.
 */
export function parseChallenges(header: string | readonly string[] | undefined): Challenge[] {
  const lines = header === undefined ? [] : typeof header === 'string' ? [header] : header;
  return lines.flatMap(parseLine);
}

const SCHEME = /[\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?=[\s,]|$)(?!\s*=)/y;
const PARAM =
  /[\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))(?=[\s,]|$)/y;
/** A bare credential after the scheme (`Negotiate abc==`). It is skipped: it has no use here. */
const TOKEN68 = /\s+[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y;

function parseLine(line: string): Challenge[] {
  const challenges: Challenge[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(line);
    if (match === null) return undefined;
    at = pattern.lastIndex;
    return match;
  };
  while (at < line.length) {
    const scheme = take(SCHEME)?.[1];
    if (scheme === undefined) break;
    const params: Record<string, string> = Object.create(null);
    if (take(TOKEN68) === undefined) {
      for (let match = take(PARAM); match !== undefined; match = take(PARAM)) {
        const [, name = '', quoted, token] = match;
        params[name.toLowerCase()] ??= quoted?.replace(/\\(.)/g, '$1') ?? token ?? '';
      }
    }
    challenges.push({ scheme: scheme.toLowerCase(), params });
  }
  return challenges;
}
