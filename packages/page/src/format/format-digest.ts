/** Enough of a digest to recognise it: `sha256:0123456789ab`. */
export function formatDigest(digest: string): string {
  const [algorithm, hex] = digest.split(':');
  return hex === undefined ? digest : `${algorithm}:${hex.slice(0, 12)}`;
}
