/**
 * The address that begins the name of an image at the cache.
 *
 * @param told what the server knows: `cache.example.com:8443`, or `:8443` where it knows no host.
 * @param host where the page is, of the same machine as far as anybody knows.
 */
export function completeAddress(told: string, host: string): string {
  if (!told.startsWith(':')) return told;
  // A name without a dot or a port would be that of an image at Docker Hub.
  return told === ':443' && host.includes('.') ? host : `${host}${told}`;
}
