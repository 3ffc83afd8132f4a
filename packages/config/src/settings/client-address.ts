import { EDGE_PORT } from './edge-port.ts';
import type { Settings } from './table.ts';
import { parseClientAddress } from './values/client-address.ts';

type AddressSettings = Pick<
  Settings,
  'CLIENT_ADDRESS' | 'CERTIFICATE_NAMES' | 'REDIRECT_LISTEN' | 'REDIRECT_PORT'
>;

const HTTPS_PORT = 443;

/**
 * Where clients reach the cache, as far as the settings tell: `cache.example.com:8443`, without the
 * port where it is 443; without a host as `:8443`. A container cannot know its published ports.
 */
export function findClientAddress(settings: AddressSettings): string {
  const { CLIENT_ADDRESS, CERTIFICATE_NAMES, REDIRECT_LISTEN, REDIRECT_PORT } = settings;
  if (CLIENT_ADDRESS !== '') return CLIENT_ADDRESS;
  // Clients of plain HTTP are sent to the port by which TLS is published.
  const port = REDIRECT_LISTEN === '' ? EDGE_PORT : REDIRECT_PORT;
  const name = CERTIFICATE_NAMES.find((one) => !one.startsWith('*.'));
  const whole = `${name ?? ''}:${port}`;
  if (name === undefined || !isAddress(whole)) return `:${port}`;
  return port === HTTPS_PORT && isAddress(name) ? name.toLowerCase() : whole.toLowerCase();
}

function isAddress(text: string): boolean {
  return parseClientAddress('CERTIFICATE_NAMES', text).ok;
}
