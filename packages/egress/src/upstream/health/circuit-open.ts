import { RegistryError } from '../../wire/errors/registry-error.ts';

/** A time in which a host does not answer. */
export interface Outage {
  readonly sinceMs: number;
  readonly reason: string;
  /** True once a probe has failed or is late too. Before, one path or connection may be to blame. */
  isConfirmed: boolean;
  nextProbeMs: number;
  /** When a real request may try. Finite only if the host answers probes, if with errors. */
  nextTrialMs: number;
}

/** The error of a request while the circuit is open: since when, why, and when to try again. */
export function circuitOpenError(
  name: string,
  { sinceMs, reason, nextProbeMs }: Outage,
  nowMs: number,
): RegistryError {
  const since = new Date(sinceMs).toISOString();
  const seconds = Math.max(1, Math.ceil((nextProbeMs - nowMs) / 1000));
  return new RegistryError({
    phase: 'circuit-open',
    code: 'UNAVAILABLE',
    message: `${name} could not be asked: ${reason}; since ${since} it is left alone until it answers again`,
    headers: { 'retry-after': String(seconds) },
  });
}
