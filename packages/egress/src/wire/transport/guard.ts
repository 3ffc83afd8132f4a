import { isIP } from 'node:net';
import { type AddressClass, classifyAddress, mayLead } from './address-class.ts';
import { type HostList, parseHostList } from './host-list.ts';

/** Thrown when an upstream leads to an address that it must not lead to. */
export class GuardError extends Error {
  readonly code = 'EGRESS_GUARD';

  /** `advice` is for the operator: what would allow it. */
  constructor(host: string, address: string, advice = '') {
    const where = host === address ? address : `${host} (${address})`;
    super(`${where} is not an address that this upstream may lead to${advice}`);
    this.name = 'GuardError';
  }
}

export interface GuardOptions {
  /** Hosts and networks at private addresses to which the operator lets the upstream lead. */
  readonly storageHosts: readonly string[];
  /** No operator chose the upstream, so none can be told what to set for it. */
  readonly isGuarded: boolean;
}

/** The most public one counts, so that an upstream with addresses of several classes opens nothing. */
const MOST_PUBLIC_FIRST: readonly AddressClass[] = ['public', 'private', 'inner', 'loopback'];

/**
 * Keeps one upstream from leading us to internal addresses. It learns the class of the upstream from
 * connections to the upstream itself, which the operator chose, once TLS has proved that it is that
 * one: an answer of DNS alone may be anybody's. To where the upstream leads from there, the rules of
 * `mayLead` apply. An upstream that is not public may lead to its own addresses, link-local ones too
 * (a token service on another port of the host that a container reaches by such an address).
 */
export class AddressGuard {
  readonly #storage: HostList;
  readonly #isGuarded: boolean;
  #own: string | undefined;
  #answered: readonly string[] = [];
  #class: AddressClass = 'public';

  constructor({ storageHosts, isGuarded }: GuardOptions) {
    this.#storage = parseHostList(storageHosts);
    this.#isGuarded = isGuarded;
  }

  /** What the upstream's name resolved to; this can only make the upstream more public. */
  noteAnswer(addresses: readonly string[]): void {
    this.#answered = addresses;
  }

  /** @param address where the upstream itself was reached, and has proved its name. */
  learn(address: string): void {
    const classes = [address, ...this.#answered].map(classifyAddress);
    this.#own = address;
    this.#class = MOST_PUBLIC_FIRST.find((name) => classes.includes(name)) ?? 'public';
  }

  /** Where the upstream itself may be: wherever the operator says, but for clouds' metadata. */
  allowsOwn(address: string): boolean {
    return classifyAddress(address) !== 'metadata';
  }

  /** @param host as it was asked for, a name or the address itself. */
  allows(address: string, host: string): boolean {
    const kind = classifyAddress(address);
    if (kind === 'metadata') return false;
    if (this.#class !== 'public' && this.#own === address) return true;
    return mayLead(this.#class, kind) || (kind === 'private' && this.#isStorage(address, host));
  }

  refusal(host: string, address: string): GuardError {
    const helps = !this.#isGuarded && classifyAddress(address) === 'private';
    return new GuardError(host, address, helps ? '; storageHosts in its policy can name it' : '');
  }

  /**
   * For a host that somebody else resolves.
   * @throws GuardError when `host` is an address that is not allowed; names pass.
   */
  checkLiteral(host: string, isOwn: boolean): void {
    const address = host.replace(/^\[|\]$/g, '');
    if (isIP(address) === 0) return;
    const allowed = isOwn ? this.allowsOwn(address) : this.allows(address, address);
    if (!allowed) throw this.refusal(address, address);
  }

  #isStorage(address: string, host: string): boolean {
    return this.#storage.hasName(host.replace(/\.$/, '')) || this.#storage.hasAddress(address);
  }
}
