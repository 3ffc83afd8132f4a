/** `error` keeps clients from images, or soon will. `warning` costs time, or hides another fault. */
export type Severity = 'warning' | 'error';

/** One fault that a check can find. `docs/doctor.md` has a section for each. */
export interface Fault {
  readonly check: CheckName;
  readonly severity: Severity;
  /** What clients or operators notice, as Markdown. */
  readonly meaning: string;
  /** Printed where the check has nothing more exact to say. */
  readonly accepted: string;
  readonly advice: string;
}

export const CHECK_NAMES = [
  'inputs',
  'certificate',
  'trusted',
  'clock',
  'names',
  'ways',
  'mtu',
  'ipv6',
  'logins',
  'disk',
  'machine',
  'ports',
  'peers',
  'bucket',
  'collectors',
  'services',
  'ingress',
] as const;

export type CheckName = (typeof CHECK_NAMES)[number];
