const MIRRORS = 'registry-mirrors';

/**
 * docker's daemon.json with the cache as its first mirror.
 *
 * @param base - The node's own file, undefined if there is none.
 * @param ours - The file of the client set-up.
 * @throws if either is no JSON object, or its mirrors are no list.
 */
export function mergeDaemon(base: string | undefined, ours: string): string {
  if (base === undefined || base.trim() === '') return ours;
  const daemon = parseObject(base);
  const former = readMirrors(daemon);
  const added = readMirrors(parseObject(ours)).filter((url) => !former.includes(url));
  if (added.length === 0) return base;
  return format({ ...daemon, [MIRRORS]: [...added, ...former] }, base);
}

/**
 * The file without the mirrors that a set-up has added.
 *
 * @param change - The file before and after that set-up.
 */
export function stripMirrors(
  text: string,
  change: { readonly original: string | undefined; readonly written: string },
): string {
  try {
    const daemon = parseObject(text);
    const before = readMirrors(parseObject(change.original ?? '{}'));
    const added = readMirrors(parseObject(change.written)).filter((url) => !before.includes(url));
    const mirrors = readMirrors(daemon);
    const left = mirrors.filter((url) => !added.includes(url));
    return left.length === mirrors.length ? text : format({ ...daemon, [MIRRORS]: left }, text);
  } catch {
    // docker does not read it either, and an operator is about to mend it.
    return text;
  }
}

/** Indented as the former text. */
function format(daemon: object, former: string): string {
  const indent = /^([ \t]+)"/m.exec(former)?.[1] ?? 2;
  return `${JSON.stringify(daemon, undefined, indent)}\n`;
}

function readMirrors(daemon: Record<string, unknown>): unknown[] {
  const mirrors = daemon[MIRRORS] ?? [];
  if (!Array.isArray(mirrors)) throw new Error(`${MIRRORS} of daemon.json is no list`);
  return mirrors;
}

function parseObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Error('daemon.json is no object');
}
