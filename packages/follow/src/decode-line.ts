const NOT_ASCII = /[\u0080-\u00ff]/;

/** The text of a line, which is UTF-8. The follower gives each byte of it as one character. */
export function decodeLine(line: string): string {
  return NOT_ASCII.test(line) ? Buffer.from(line, 'latin1').toString('utf8') : line;
}
