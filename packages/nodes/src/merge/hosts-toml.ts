import { parse } from 'smol-toml';

const BEGIN = '# registry-cache: begin; the node set-up removes these lines.\n';
const END = '# registry-cache: end\n';

/** The tables that a hosts.toml may have. Keys of the root must stay before the first of them. */
const FIRST_TABLE = /^[ \t]*\[\s*["']?(?:host|header)\b/m;
const OUR_TABLE = /^\[(host\..*)\]$/m;

/** Where the cache stands among the node's own hosts. */
export type Position = 'first' | 'last';

/**
 * The hosts.toml of a node with the cache in it. containerd asks hosts in the order of the file (its
 * docs/hosts.md), and the node's own hosts stay in theirs.
 *
 * @param base - The node's own file, undefined if there is none.
 * @param ours - The file of the client set-up.
 * @throws if either is no TOML, or no hosts.toml.
 */
export function mergeHosts(
  base: string | undefined,
  ours: string,
  position: Position = 'first',
): string {
  if (base === undefined || base.trim() === '') return ours;
  const table = ours.slice(ours.search(OUR_TABLE));
  const [url] = listHosts(ours);
  if (url === undefined) throw new Error('the set-up has a hosts.toml without a host');
  // A set-up by hand: the file knows the cache.
  const former = listHosts(base);
  if (former.includes(url)) return base;
  const at = position === 'last' ? -1 : base.search(FIRST_TABLE);
  const [head, tail] = at === -1 ? [endLine(base), ''] : [base.slice(0, at), base.slice(at)];
  const merged = `${head}${BEGIN}${endLine(table)}${END}${tail}`;
  const expected = position === 'last' ? [...former, url] : [url, ...former];
  if (listHosts(merged).join(' ') !== expected.join(' ')) {
    throw new Error('the hosts of this hosts.toml cannot be kept in order beside the cache');
  }
  return merged;
}

/** The file without the lines that an earlier set-up has put there. */
export function stripHosts(text: string): string {
  const [start, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  return start === -1 || end < start ? text : text.slice(0, start) + text.slice(end + END.length);
}

/** The login in the places that the set-up leaves for it. */
export function fillLogin(text: string, login: string): string {
  const basic = Buffer.from(login).toString('base64');
  return text.replace(
    /^ {2}# (\[host\..*\.header\])\n {2}# {3}(Authorization = \["Basic )BASE64("\])$/gm,
    (_, header: string, start: string, end: string) => `  ${header}\n    ${start}${basic}${end}`,
  );
}

/** The URLs of its hosts, in the order of the file. */
function listHosts(text: string): string[] {
  const { host } = parse(text);
  return typeof host === 'object' ? Object.keys(host) : [];
}

function endLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
