import { accept, type Parsed, reject } from '@registry-cache/domain';
import { type Alias, type Document, isAlias, LineCounter, parseDocument, visit } from 'yaml';

const ACCEPTED =
  'YAML in UTF-8, with a mapping for each registry, as quay.io: {username: "…", password: "…"}';
/** Against files that a few aliases blow up. */
const MOST_ALIASES = 100;
const QUOTES = 'text that begins with one of *&!|>%@ stands in quotes';

/**
 * Whether a text is a YAML mapping in its block form: its first line that has content is a key, or
 * begins a document. JSON never has that form, so its own messages stay.
 */
export function looksLikeYaml(text: string): boolean {
  const line = text.split('\n').find((one) => !/^\s*(?:#.*)?$/.test(one)) ?? '';
  return /^(?:%YAML\s|---(?:\s|$)|"[^"]+"\s*:(?:\s|$)|'[^']+'\s*:(?:\s|$)|[\w.[][^\s"'{}]*\s*:(?:\s|$))/.test(
    line,
  );
}

/**
 * Reads YAML as the credentials file of containerd-registry-cache has it. Every scalar is the text
 * as it stands, so `password: 0123` keeps its zero, and nothing is null.
 *
 * The parser's own messages quote the text around a fault, which may be a secret. So an issue names
 * line and column alone.
 */
export function parseYamlLogins(file: string, text: string): Parsed<unknown> {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    // Go's YAML takes `<<`, and without it such an entry would be without a login.
    merge: true,
    lineCounter: lines,
    logLevel: 'error',
  });
  const offset = findFault(document);
  if (offset !== undefined) return refuse(file, lines.linePos(offset));
  try {
    return accept(emptyAsNothing(document.toJS({ maxAliasCount: MOST_ALIASES })));
  } catch {
    return refuse(file, lines.linePos(findAlias(document, () => true) ?? 0));
  }
}

function refuse(file: string, { line, col }: { line: number; col: number }): Parsed<unknown> {
  const accepted = `${ACCEPTED}; ${QUOTES}; the fault is at line ${line}, column ${col}`;
  return reject({ path: file, found: 'text that is not YAML', accepted });
}

/** The offset of the first fault. Warnings count: an unknown tag would change a password silently. */
function findFault(document: Document.Parsed): number | undefined {
  const [first] = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  // A password such as `*star` is an alias in YAML, of an anchor that is missing.
  const isLost = (alias: Alias) => alias.resolve(document) === undefined;
  return first?.pos[0] ?? findAlias(document, isLost);
}

function findAlias(
  document: Document.Parsed,
  isWanted: (alias: Alias) => boolean,
): number | undefined {
  let offset: number | undefined;
  visit(document, (_key, node) => {
    if (!isAlias(node) || !isWanted(node)) return undefined;
    offset = node.range?.[0] ?? 0;
    return visit.BREAK;
  });
  return offset;
}

/** `quay.io:` without a value is a registry without a login. */
function emptyAsNothing(root: unknown): unknown {
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return root;
  return Object.fromEntries(
    Object.entries(root).map(([key, value]) => [key, value === '' ? null : value]),
  );
}
