import { isIP } from 'node:net';
import { type AddressClass, classifyAddress, mayLead } from './address-class.ts';

/** Thrown when an upstream leads to an address that it must not lead to. */
export class GuardError extends Error {
  readonly code = 'EGRESS_GUARD';

  constructor(host: string, address: string) {
    const where = host === address ? address : `${host} (${address})`;
    super(`${where} is not an address that this upstream may lead to`);
    this.name = 'GuardError';
  }
}

/**
 * Keeps one upstream from leading us to internal addresses. It learns the upstream's own
 * addresses from connections to the upstream itself, which the operator chose; to where the
 * upstream leads from there, the rules of `mayLead` apply. An upstream that is not public may
 * lead to its own addresses, link-local ones too (a token service on another port of the host
 * that a container reaches by such an address).
 */
export class AddressGuard {
  #own: ReadonlySet<string> = new Set();
  #class: AddressClass = 'public';

  /** @param addresses what the upstream's own name resolved to, newest knowledge wins. */
  learn(addresses: readonly string[]): void {
    if (addresses.length === 0) return;
    this.#own = new Set(addresses);
    const classes = addresses.map(classifyAddress);
    // The most public one counts, so that a mixed answer opens nothing.
    const order: readonly AddressClass[] = ['public', 'private', 'inner', 'loopback'];
    this.#class = order.find((name) => classes.includes(name)) ?? 'public';
  }

  allows(address: string): boolean {
    const own = this.#class !== 'public' && this.#own.has(address);
    return own || mayLead(this.#class, classifyAddress(address));
  }

  /** @throws GuardError when `host` is an address that is not allowed; names pass. */
  checkLiteral(host: string): void {
    const address = host.replace(/^\[|\]$/g, '');
    if (isIP(address) !== 0 && !this.allows(address)) throw new GuardError(address, address);
  }
}
