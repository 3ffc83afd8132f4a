import { isIP } from 'node:net';
import { type AddressClass, classifyAddress, mayLead } from './address-class.ts';
import { type HostList, parseHostList } from './host-list.ts';

/** The upstream led to an address that it must not lead to. */
export class GuardError extends Error {
  readonly code = 'EGRESS_GUARD';

  /** @param advice tells the operator which setting would allow the address. */
  constructor(host: string, address: string, advice = '') {
    const where = host === address ? address : `${host} (${address})`;
    super(`${where} is not an address that this upstream may lead to${advice}`);
    this.name = 'GuardError';
  }
}

export interface GuardOptions {
  /** Private hosts and networks that the operator allows the upstream to lead to. */
  readonly storageHosts: readonly string[];
  /** True if no operator chose the upstream. Refusals then advise no setting. */
  readonly isGuarded: boolean;
}

/** Of several classes the most public one counts, because it allows the least. */
const MOST_PUBLIC_FIRST: readonly AddressClass[] = ['public', 'private', 'inner', 'loopback'];

/**
 * Keeps one upstream from leading this cache to internal addresses. The guard learns the class of the
 * upstream from connections to it, once TLS has proved its name, because anybody can send a DNS
 * answer. The rules of `mayLead` then apply to other hosts. An upstream that is not public may also
 * lead to its own address, even a link-local one: a container may reach its host by such an address,
 * with the token service on another port.
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

  /** Notes the addresses of the upstream's name. They can only make its class more public. */
  noteAnswer(addresses: readonly string[]): void {
    this.#answered = addresses;
  }

  /** @param address of the upstream, after a connection on which it proved its name. */
  learn(address: string): void {
    const classes = [address, ...this.#answered].map(classifyAddress);
    this.#own = address;
    this.#class = MOST_PUBLIC_FIRST.find((name) => classes.includes(name)) ?? 'public';
  }

  /** Whether the upstream may be at this address: anywhere but at a cloud's metadata service. */
  allowsOwn(address: string): boolean {
    return classifyAddress(address) !== 'metadata';
  }

  /** @param host the requested name, or the address itself. */
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
   * Checks a host whose name the proxy resolves.
   * @throws GuardError if `host` is an address that is not allowed. Names pass.
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
