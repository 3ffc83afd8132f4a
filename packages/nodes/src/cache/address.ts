/** The cache as its clients know it. */
export interface CacheAddress {
  /** `localhost:30026`, without the port where it is 443. */
  readonly address: string;
  /** The certificates to trust, in PEM. */
  readonly ca: string;
}

/** Host and port for a connection. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const [host = '', port = '443'] = address.split(':');
  return { host, port: Number(port) };
}
