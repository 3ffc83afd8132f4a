import { isDigest } from '@registry-cache/domain';

/** Content of the cache and of hosted images, by its path in the store. */
const CONTENT =
  /^(?:hosted\/)?blobs\/(?<algorithm>[a-z0-9]+)\/(?<start>..)\/(?<hex>[0-9a-f]+)\/data$/;

/** The digest that the bytes of a file must have; undefined for a file that is no content. */
export function digestOfPath(path: string): string | undefined {
  const { algorithm, start = '', hex = '' } = CONTENT.exec(path)?.groups ?? {};
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) && hex.startsWith(start) ? digest : undefined;
}
