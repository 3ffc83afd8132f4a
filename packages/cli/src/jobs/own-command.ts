const PLAIN = /^[\w@%+=:,./-]+$/;

/** The command with these arguments, as a shell reads it. */
export function formatOwnCommand(args: readonly string[]): string {
  return ['registry-cache', ...args].map(quote).join(' ');
}

function quote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
