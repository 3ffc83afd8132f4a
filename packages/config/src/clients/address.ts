import { accept, type Parsed, quoteFound, reject } from '@registry-cache/domain';

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const PORT = ':[0-9]{1,5}';

/**
 * What an image reference can begin with: without a dot or a port, `cache/app` would be an
 * image of Docker Hub. The edge checks a Host header by the same pattern, before it becomes a
 * part of a script.
 */
export const ADDRESS_PATTERN = `^(?:localhost|${LABEL}${PORT}|${LABEL}(?:\\.${LABEL})+(?:${PORT})?)$`;

/** Where clients reach the cache: `cache.example.com:8443`, or without the port where it is 443. */
export function parseClientAddress(path: string, text: string): Parsed<string> {
  const address = text.toLowerCase();
  if (new RegExp(ADDRESS_PATTERN).test(address)) return accept(address);
  return reject({
    path,
    found: quoteFound(text),
    accepted: 'host and port as cache.example.com:8443; without the port where it is 443',
  });
}
