import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import type { AddressGuard } from './guard.ts';

/** `dns.lookup` with `all: true`. It is a parameter, so that tests can choose the addresses. */
export type LookupAll = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A lookup in the form that sockets need. They may ask for a single address. */
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
  /** True for the upstream itself, false for hosts that it leads to. */
  readonly isOwn: boolean;
  readonly lookup: LookupAll;
  readonly connectMs: number;
  readonly secureContext: SecureContext | undefined;
}

/**
 * An undici connector that lets the guard check the real address. It checks names when they are
 * resolved, literals before, and the socket once more at the end. By then TLS has proved the name,
 * so that the guard may learn the class of the upstream. HTTP/2 is off, because one failing
 * connection would break all blobs on it.
 */
export function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  const { guard, isOwn, connectMs, secureContext } = options;
  const allows: Allows = (address, host) =>
    isOwn ? guard.allowsOwn(address) : guard.allows(address, host);
  const connect = buildConnector({
    timeout: connectMs,
    allowH2: false,
    keepAlive: true,
    autoSelectFamilyAttemptTimeout: 1000,
    lookup: guardedLookup(options, allows),
    ...(secureContext === undefined ? {} : { secureContext }),
  });
  return (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0) {
      if (!allows(host, host)) return callback(guard.refusal(host, host), null);
      if (isOwn) guard.noteAnswer([]);
    }
    connect(target, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      const address = socket.remoteAddress ?? '';
      if (!allows(address, host)) {
        socket.destroy();
        return callback(guard.refusal(host, address), null);
      }
      if (isOwn) guard.learn(address);
      callback(null, socket);
    });
  };
}

type Allows = (address: string, host: string) => boolean;

function guardedLookup({ guard, isOwn, lookup }: ConnectorOptions, allows: Allows): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      if (isOwn) guard.noteAnswer(found.map(({ address }) => address));
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
