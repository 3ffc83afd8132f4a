import type { Issue } from '@registry-cache/domain';
import { EDGE_PORT } from './edge-port.ts';
import { LISTENER_SETTINGS } from './listener-settings.ts';

/** A listener of the appliance. */
interface Listener {
  /** Its setting, or the words for one without a setting. */
  readonly name: string;
  readonly value: unknown;
  /** The address, where the setting has only a port. */
  readonly address?: string;
}

/** Address texts that mean every address. */
const ANY = ['', '*', '0.0.0.0', '[::]'];

/**
 * An issue for each listener with the port of an earlier one. HAProxy would take both, and the
 * kernel would give each of them a part of the connections. Two addresses may share a port number.
 *
 * @param values - The settings as they are parsed, by name. Broken ones are missing.
 */
export function findListenerIssues(values: Readonly<Record<string, unknown>>): Issue[] {
  const listeners = listListeners(values);
  return listeners.flatMap((listener, index) => {
    const owner = listeners.slice(0, index).find((other) => overlap(listener, other));
    if (owner === undefined) return [];
    const found = `${listener.value}, which is the port of ${owner.name} too`;
    const accepted = `${listener.address === undefined ? 'an address with a port' : 'a port'} of its own`;
    return [{ path: listener.name, found, accepted }];
  });
}

/** The listeners that are on. Those that every appliance has come first. */
function listListeners(values: Readonly<Record<string, unknown>>): Listener[] {
  const chosen = LISTENER_SETTINGS.filter(
    (name) => name !== 'CONNECT_LISTEN' || values.CONNECT_PROXY !== 'off',
  );
  const listeners: Listener[] = [
    { name: 'the TLS port', value: EDGE_PORT, address: '' },
    { name: 'EGRESS_PORT', value: values.EGRESS_PORT, address: '127.0.0.1' },
    ...chosen.map((name) => ({ name, value: values[name] })),
  ];
  return listeners.filter(({ value }) => value !== undefined && value !== '');
}

function overlap(one: Listener, other: Listener): boolean {
  if (portOf(one) !== portOf(other)) return false;
  const [first, second] = [addressOf(one), addressOf(other)];
  return first === second || ANY.includes(first) || ANY.includes(second);
}

/** 5000 of `:5000`, or of 5000 itself. */
function portOf({ value }: Listener): number {
  return Number(/\d+$/.exec(String(value))?.[0]);
}

/** `127.0.0.1` of `127.0.0.1:5000`. */
function addressOf({ value, address }: Listener): string {
  return address ?? String(value).replace(/:\d+$/, '');
}
