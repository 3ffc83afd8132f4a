import { readFileSync } from 'node:fs';

/** The `sh` blocks in one section of a document, in their order. */
export function readShellBlocks(document: string, section: string): string[] {
  return readBlocks(document, section, 'sh');
}

/** The `yaml` blocks in one section of a document, in their order. */
export function readYamlBlocks(document: string, section: string): string[] {
  return readBlocks(document, section, 'yaml');
}

/** The commands of helm in the sentences of one section of a document, in their order. */
export function readInlineCommands(document: string, section: string): string[] {
  const body = readSection(document, section);
  return [...body.matchAll(/`(helm [^`]+)`/g)].map(([, command = '']) =>
    command.replaceAll('\n', ' '),
  );
}

function readBlocks(document: string, section: string, language: string): string[] {
  const block = new RegExp(`^\`{3}${language}\n(.*?)^\`{3}$`, 'gms');
  return [...readSection(document, section).matchAll(block)].map(([, code = '']) => code);
}

function readSection(document: string, section: string): string {
  const [, after] = readDocument(document).split(`\n## ${section}\n`);
  if (after === undefined) throw new Error(`docs/${document} has no section "${section}"`);
  const [body = ''] = after.split('\n## ');
  return body;
}

/** The policy file of a document that has this name behind its fence. */
export function readPolicyBlock(document: string, name: string): string {
  const block = new RegExp(`^\`{3}yaml policy ${name}\n(.*?)^\`{3}$`, 'ms').exec(
    readDocument(document),
  );
  if (block?.[1] === undefined) throw new Error(`docs/${document} has no policy "${name}"`);
  return block[1];
}

function readDocument(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
}

/** The variables that `--env` sets in a command. */
export function readEnvironment(command: string): Record<string, string> {
  const pairs = [...command.matchAll(/--env (?:'([^']+)'|(\S+))/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );
  return Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s, 2) as [string, string]));
}

/**
 * The arguments of a `podman run` of a document, without name, image and `--detach`.
 *
 * @param places - Folders of this machine in place of those in the command.
 */
export function readRunArguments(
  command: string,
  places: Readonly<Record<string, string>>,
): string[] {
  const line = command.replaceAll('\\\n', ' ').replaceAll('$(pwd)', '.');
  const words = [...line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/["']/g, ''),
  );
  const [podman, run, ...rest] = words;
  if (podman !== 'podman' || run !== 'run') throw new Error(`not a podman run: ${command}`);
  const isLeftOut = (word: string, before: string | undefined) =>
    ['--name', '--detach'].includes(word) || before === '--name';
  return rest
    .slice(0, -1)
    .filter((word, index, all) => !isLeftOut(word, all[index - 1]))
    .map((word) => {
      const found = Object.entries(places).find(([place]) => word.startsWith(place));
      return found === undefined ? word : found[1] + word.slice(found[0].length);
    });
}
