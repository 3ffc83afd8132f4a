import { type Model, proxyAddress, renderSystemdSetup } from '@registry-cache/config';
import { InvalidInputError } from '@registry-cache/domain';

/** The client that uses the proxy. Only a script sets it up. */
export const SYSTEMD = 'systemd';

/**
 * The script that the cache serves at `/setup/systemd`, for the proxy on the cache's own host.
 *
 * @throws InvalidInputError if the proxy is off.
 */
export function renderSystemdScript({ connect, settings }: Model, address: string): string {
  if (connect === undefined) {
    const accepted = 'the proxy turned on: a folder as CA_DIR, or CONNECT_PROXY=on';
    throw new InvalidInputError([{ path: 'CONNECT_PROXY', found: 'no proxy', accepted }]);
  }
  return renderSystemdSetup({
    proxy: proxyAddress(address, settings.CONNECT_LISTEN),
    authority: connect.authority.chainPem,
    way: 'tls',
  });
}
