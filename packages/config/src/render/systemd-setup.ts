import { readScript } from './templates.ts';

/** The values in the script that sets a client up for the proxy. */
export interface SystemdSetup {
  /** `HOST:PORT` of the proxy. */
  readonly proxy: string;
  /** The authority of the registries in PEM, with the signing certificate first. */
  readonly authority: string;
  /** How the script gets to the client: by `tls` or `http`. */
  readonly way: string;
}

/** The script that sets docker, containerd and CRI-O up for the proxy, as `/setup/systemd`. */
export function renderSystemdSetup({ proxy, authority, way }: SystemdSetup): string {
  return readScript('setup-systemd.sh')
    .replaceAll('@PROXY@', () => proxy)
    .replaceAll('@WAY@', () => way)
    .replaceAll('@AUTHORITY@', () => authority.trimEnd());
}

/** The same as a log format of HAProxy, which knows the address and the way of a request. */
export function renderSystemdFormat(authority: string): string {
  const [proxy, way] = ['__PROXY__', '__WAY__'];
  return renderSystemdSetup({ proxy, authority, way })
    .replaceAll('%', '%%')
    .replaceAll(proxy, '%[var(txn.proxy)]')
    .replaceAll(way, '%[var(txn.way)]');
}

/** The proxy's address: the cache's host, with the port that the proxy listens on. */
export function proxyAddress(cacheAddress: string, listen: string): string {
  return `${cacheAddress.replace(/:\d+$/, '')}:${portOf(listen)}`;
}

/** The port of ADDRESS:PORT or :PORT. */
export function portOf(listen: string): string {
  return listen.slice(listen.lastIndexOf(':') + 1);
}
