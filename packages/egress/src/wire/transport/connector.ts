import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import type { AddressGuard } from './guard.ts';

/** `dns.lookup` with `all: true`; a parameter so that tests can name addresses. */
export type LookupAll = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A lookup in the shape that sockets take, which may want one address alone. */
export function oneOrAll(lookup: LookupAll): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const [first] = found;
      if (error !== null) callback(error, []);
      else if (options.all === true) callback(null, found);
      else callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}

export interface ConnectorOptions {
  readonly guard: AddressGuard;
  /** True for the upstream itself, false for where it leads. */
  readonly own: boolean;
  readonly lookup: LookupAll;
  readonly connectMs: number;
  readonly secureContext: SecureContext | undefined;
}

/**
 * An undici connector that asks the guard about the address really connected to: names are
 * checked where they are resolved, literals before, and the socket once more at the end. By then
 * TLS has proved the name, so that the guard may learn from a connection to the upstream itself.
 * HTTP/2 is off: a broken stream of one blob must not take others with it.
 */
export function guardedConnector(settings: ConnectorOptions): buildConnector.connector {
  const { guard, own, connectMs, secureContext } = settings;
  const allows: Allows = (address, host) =>
    own ? guard.allowsOwn(address) : guard.allows(address, host);
  const connect = buildConnector({
    timeout: connectMs,
    allowH2: false,
    keepAlive: true,
    autoSelectFamilyAttemptTimeout: 1000,
    lookup: guardedLookup(settings, allows),
    ...(secureContext === undefined ? {} : { secureContext }),
  });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0) {
      if (!allows(host, host)) return callback(guard.refusal(host, host), null);
      if (own) guard.noteAnswer([]);
    }
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      const address = socket.remoteAddress ?? '';
      if (!allows(address, host)) {
        socket.destroy();
        return callback(guard.refusal(host, address), null);
      }
      if (own) guard.learn(address);
      callback(null, socket);
    });
  };
}

type Allows = (address: string, host: string) => boolean;

function guardedLookup({ guard, own, lookup }: ConnectorOptions, allows: Allows): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      if (own) guard.noteAnswer(found.map(({ address }) => address));
      const allowed = found.filter(({ address }) => allows(address, hostname));
      const first = allowed[0];
      if (first === undefined) {
        return callback(guard.refusal(hostname, found[0]?.address ?? 'no address'), []);
      }
      if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
