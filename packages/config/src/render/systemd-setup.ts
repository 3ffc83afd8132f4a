import { readScript } from './templates.ts';

/** What the script says of the proxy that it sets up. */
export interface SystemdSetup {
  /** `HOST:PORT` of the proxy. */
  readonly proxy: string;
  /** PEM of what signs for the registries; the certificate that signs comes first. */
  readonly authority: string;
  /** By what the script gets to the client. */
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

/** The proxy's address where the cache has this one: the same host, by the port that it listens on. */
export function proxyAddress(cacheAddress: string, listen: string): string {
  return `${cacheAddress.replace(/:\d+$/, '')}:${portOf(listen)}`;
}

/** Of ADDRESS:PORT or :PORT. */
export function portOf(listen: string): string {
  return listen.slice(listen.lastIndexOf(':') + 1);
}
