import { joinUrl } from '../../wire/transport/join-url.ts';
import { discard } from '../../wire/transport/reply.ts';
import type { Transport } from '../../wire/transport/transport.ts';
import { Breaker } from './breaker.ts';
import type { CircuitState, Health } from './health.ts';

export interface HostsDeps {
  /** The upstream's key, for messages. */
  readonly key: string;
  /** The upstream's origin: `https://quay.io`. */
  readonly origin: string;
  /** Sends the probes, without retries and without a breaker. */
  readonly transport: Transport;
  readonly probeLimitMs: number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly onOpen: (reason: string) => void;
  readonly onClose: (openForMs: number) => void;
}

/** An upstream may redirect to any number of hosts. */
const MAX_HOSTS = 50;

/**
 * The breakers of an upstream's hosts: one for the upstream, one for each token service and CDN
 * that it leads to. If a CDN is down, only its blobs are missing.
 */
export class Hosts implements Health {
  readonly #deps: HostsDeps;
  readonly #breakers = new Map<string, Breaker>();
  /** Origins that every request needs: the upstream and its token services. */
  readonly #vital = new Set<string>();

  constructor(deps: HostsDeps) {
    this.#deps = deps;
    this.need(new URL(deps.origin));
  }

  get circuit(): CircuitState {
    const states = this.#vitalBreakers().map(({ circuit }) => circuit);
    if (states.includes('open')) return 'open';
    return states.includes('half-open') ? 'half-open' : 'closed';
  }

  admit(): void {
    this.at(new URL(this.#deps.origin)).admit();
  }

  /** From now on the circuit of the upstream is also open while that of this host is. */
  need(url: URL): void {
    this.#vital.add(url.origin);
  }

  at(url: URL): Breaker {
    const known = this.#breakers.get(url.origin);
    if (known !== undefined) return known;
    this.#forgetOne();
    const made = this.#breakerOf(url);
    this.#breakers.set(url.origin, made);
    return made;
  }

  close(): void {
    for (const breaker of this.#breakers.values()) breaker.close();
  }

  #breakerOf(url: URL): Breaker {
    const { key, origin, transport, probeLimitMs, sleep, now, onOpen, onClose } = this.#deps;
    const isOwn = url.origin === origin;
    const isVital = () => this.#vital.has(url.origin);
    const probe = async (closing: AbortSignal): Promise<boolean> => {
      const signal = AbortSignal.any([closing, AbortSignal.timeout(probeLimitMs)]);
      const at = joinUrl(url.origin, isOwn ? '/v2/' : '/');
      const reply = await transport.send({ method: 'GET', url: at, headers: {}, signal });
      await discard(reply);
      return reply.status < 500;
    };
    return new Breaker({
      name: isOwn ? key : `${url.host}, to which ${key} leads,`,
      probe,
      sleep,
      now,
      onOpen: (reason) => isVital() && onOpen(reason),
      onClose: (openForMs) => isVital() && onClose(openForMs),
    });
  }

  #vitalBreakers(): Breaker[] {
    return [...this.#breakers]
      .filter(([origin]) => this.#vital.has(origin))
      .map(([, breaker]) => breaker);
  }

  #forgetOne(): void {
    if (this.#breakers.size < MAX_HOSTS) return;
    const spare = [...this.#breakers].find(
      ([origin, { circuit }]) => circuit === 'closed' && !this.#vital.has(origin),
    );
    if (spare !== undefined) this.#breakers.delete(spare[0]);
  }
}
