import { AnswerError } from '../../wire/errors/registry-error.ts';

/** A host that does not answer. */
export interface Illness {
  readonly sinceMs: number;
  readonly reason: string;
  /** Until a probe has failed too, or stays away, it may have been one path or one connection. */
  isCertain: boolean;
  nextProbeMs: number;
  /** When a real request may try: only where probes are answered, if badly. */
  nextTrialMs: number;
}

/** What is answered in the host's place: since when, why, and when to come back. */
export function illError(
  name: string,
  { sinceMs, reason, nextProbeMs }: Illness,
  nowMs: number,
): AnswerError {
  const since = new Date(sinceMs).toISOString();
  const seconds = Math.max(1, Math.ceil((nextProbeMs - nowMs) / 1000));
  return new AnswerError({
    status: 503,
    code: 'UNAVAILABLE',
    phase: 'ill',
    message: `${name} could not be asked: ${reason}; since ${since} it is left alone until it answers again`,
    headers: { 'retry-after': String(seconds) },
  });
}
