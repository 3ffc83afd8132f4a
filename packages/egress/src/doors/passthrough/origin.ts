/** Docker Hub's registry, and its older name, which serves the same images and other pages besides. */
const HUB = 'https://registry-1.docker.io';
const HUB_INDEX = 'index.docker.io';

/**
 * The origin that a request is passed on to. Searches and other pages of index.docker.io are there
 * alone.
 *
 * @param url - The upstream's own URL.
 * @param host - The host that the client named.
 */
export function originFor(url: string, host: string, path: string): string {
  const { origin } = new URL(url);
  const isIndex = origin === HUB && host.replace(/:443$/, '').toLowerCase() === HUB_INDEX;
  return isIndex && !/^\/v2(?:[/?]|$)/.test(path) ? `https://${HUB_INDEX}` : origin;
}
