/**
 * The state of a circuit breaker. `closed`: requests pass. `half-open`: requests still pass, but
 * one of them failed or is slow, and a probe finds out why. `open`: requests fail at once.
 */
export type CircuitState = 'closed' | 'half-open' | 'open';

/** The circuit of an upstream, its token services included. */
export interface Health {
  readonly circuit: CircuitState;
  /** @throws RegistryError 503 while the circuit is open, or while the upstream is offline. */
  admit(): void;
}
