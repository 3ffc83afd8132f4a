const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const HOST = new RegExp(
  `^(?<name>${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:.]+\\])(?::(?<port>\\d{1,5}))?$`,
);
const HTTPS_PORT = 443;

/**
 * A registry's host in normal form: lower case, an IPv6 address in brackets and in its shortest form
 * (RFC 5952), the port unless it is 443. Undefined for a text that is not a host.
 */
export function parseHost(text: string): string | undefined {
  const { name = '', port = String(HTTPS_PORT) } = HOST.exec(text.toLowerCase())?.groups ?? {};
  const host = name.startsWith('[') ? URL.parse(`https://${name}`)?.hostname : name;
  const number = Number(port);
  if (!host || host.length > 253 || number < 1 || number > 65_535) return undefined;
  return number === HTTPS_PORT ? host : `${host}:${number}`;
}

/**
 * The host in a form that fits into an image's name: `reg.example.com_5000` for a port, and
 * `ipv6-fd00--10_5000` for `[fd00::10]:5000`.
 */
export function spellHost(host: string): string {
  const [, address = '', port = ''] = /^\[(.*)\](?::(\d+))?$/.exec(host) ?? [];
  if (address === '') return host.replace(':', '_');
  const spelled = `ipv6-${address.replaceAll(':', '-')}${address.endsWith(':') ? '0' : ''}`;
  return port === '' ? spelled : `${spelled}_${port}`;
}
