import { readFileSync } from 'node:fs';

/** The `sh` blocks in one section of a document, in their order. */
export function readShellBlocks(document: string, section: string): string[] {
  const text = readFileSync(new URL(`../../docs/${document}`, import.meta.url), 'utf8');
  const [, after] = text.split(`\n## ${section}\n`);
  if (after === undefined) throw new Error(`docs/${document} has no section "${section}"`);
  const [body = ''] = after.split('\n## ');
  return [...body.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code = '']) => code);
}

/** The variables that `--env` sets in a command. */
export function readEnvironment(command: string): Record<string, string> {
  const pairs = [...command.matchAll(/--env (?:'([^']+)'|(\S+))/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );
  return Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s, 2) as [string, string]));
}
