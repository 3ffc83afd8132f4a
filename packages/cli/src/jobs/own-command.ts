const PLAIN = /^[\w@%+=:,./-]+$/;

/**
 * The command with these arguments, as a shell reads it.
 * @param input what it reads on standard input, such as `LIST`.
 */
export function formatOwnCommand(args: readonly string[], input?: string): string {
  const command = ['registry-cache', ...args].map(quote).join(' ');
  return input === undefined ? command : `${command} < ${input}`;
}

function quote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
