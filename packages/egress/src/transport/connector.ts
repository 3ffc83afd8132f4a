import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import { type AddressGuard, GuardError } from './guard.ts';

/** `dns.lookup` with `all: true`; a parameter so that tests can name addresses. */
export type LookupAll = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface ConnectorSettings {
  readonly guard: AddressGuard;
  /** True for the upstream itself, false for where it leads. */
  readonly own: boolean;
  readonly lookup: LookupAll;
  readonly connectMs: number;
  readonly secureContext: SecureContext | undefined;
}

/**
 * An undici connector that asks the guard about the address really connected to: names are
 * checked where they are resolved, literals before, and the socket once more at the end.
 * HTTP/2 is off: a broken stream of one blob must not take others with it.
 */
export function guardedConnector(settings: ConnectorSettings): buildConnector.connector {
  const { guard, own, connectMs, secureContext } = settings;
  const connect = buildConnector({
    timeout: connectMs,
    allowH2: false,
    keepAlive: true,
    autoSelectFamilyAttemptTimeout: 1000,
    lookup: guardedLookup(settings),
    ...(secureContext === undefined ? {} : { secureContext }),
  });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0) {
      if (own) guard.learn([host]);
      else if (!guard.allows(host)) return callback(new GuardError(host, host), null);
    }
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      const address = remoteAddress(socket);
      if (!own && !guard.allows(address)) {
        socket.destroy();
        return callback(new GuardError(host, address), null);
      }
      callback(null, socket);
    });
  };
}

function guardedLookup({ guard, own, lookup }: ConnectorSettings): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      if (own) guard.learn(found.map(({ address }) => address));
      const allowed = own ? found : found.filter(({ address }) => guard.allows(address));
      const first = allowed[0];
      if (first === undefined) {
        return callback(new GuardError(hostname, found[0]?.address ?? 'no address'), []);
      }
      if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function remoteAddress(socket: Socket): string {
  return socket.remoteAddress ?? '';
}
