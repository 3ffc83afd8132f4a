import type { Severity } from './faults/fault.ts';
import { FAULTS, type FaultId } from './faults/faults.ts';

/** One fault, where it is, and what to do about it. */
export interface Finding {
  readonly id: FaultId;
  readonly severity: Severity;
  /** An upstream, a file, a setting or a listener. */
  readonly subject: string;
  readonly found: string;
  readonly accepted: string;
  /** A command, or a setting to change. */
  readonly advice: string;
  /** Where docs/doctor.md explains it. */
  readonly link: string;
}

/** The parts of a finding that only its check knows. The table of faults has the others. */
export interface FindingParts {
  readonly subject: string;
  readonly found: string;
  /** Default: what the table says. */
  readonly accepted?: string | undefined;
  /** Default: what the table says. */
  readonly advice?: string | undefined;
  /** Default: that of the table. */
  readonly severity?: Severity | undefined;
}

export function buildFinding(id: FaultId, parts: FindingParts): Finding {
  const { severity, accepted, advice } = FAULTS[id];
  return {
    id,
    severity: parts.severity ?? severity,
    subject: parts.subject,
    found: parts.found,
    accepted: parts.accepted ?? accepted,
    advice: parts.advice ?? advice,
    link: `docs/doctor.md#${id}`,
  };
}
