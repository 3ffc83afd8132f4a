import { RegistryError } from '../errors/registry-error.ts';

/** One slash, then visible ASCII. A second slash or a backslash would begin another host. */
const PATH = /^\/(?![/\\])[\x21-\x22\x24-\x7e]*$/;
/** `.` and `..` between slashes, also percent-encoded. URL parsers resolve both. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * The only way to join a path from outside to an origin. The path, with its query, cannot change host
 * or user, and holds nothing that a parser would resolve.
 * Source: RFC 3986, sections 3.3 and 5.2.4; the URL standard treats a backslash as a slash.
 * @param origin of a checked URL: `https://quay.io`. A path of it is left out.
 * @throws RegistryError 400 for any other path.
 */
export function joinUrl(origin: string, path: string): URL {
  const [pathname = ''] = path.split('?', 1);
  if (!PATH.test(path) || pathname.includes('\\') || DOT_SEGMENT.test(pathname)) {
    throw badPath();
  }
  const base = new URL(origin).origin;
  const url = new URL(base + path);
  if (url.origin !== base) throw badPath();
  return url;
}

function badPath(): RegistryError {
  return new RegistryError({
    phase: 'request',
    code: 'NAME_INVALID',
    message:
      'the path cannot be used: accepted is one slash, then visible ASCII without backslashes and without "." or ".." between slashes',
  });
}
