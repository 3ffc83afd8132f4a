import { accept, type Parsed, quoteFound, reject } from '@registry-cache/domain';

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const PORT = ':[0-9]{1,5}';

/**
 * The start of an image reference. It needs a dot or a port, since `cache/app` is an image of Docker
 * Hub. The edge checks a Host header by the same pattern before it puts the header into a script.
 */
export const ADDRESS_PATTERN = `^(?:localhost|${LABEL}${PORT}|${LABEL}(?:\\.${LABEL})+(?:${PORT})?)$`;

/** The cache's address for clients: `cache.example.com:8443`, without the port where it is 443. */
export function parseClientAddress(path: string, text: string): Parsed<string> {
  const address = text.toLowerCase();
  if (new RegExp(ADDRESS_PATTERN).test(address)) return accept(address);
  return reject({
    path,
    found: quoteFound(text),
    accepted: 'host and port as cache.example.com:8443; without the port where it is 443',
  });
}
