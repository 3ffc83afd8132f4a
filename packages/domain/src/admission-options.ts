/** `admission` of the policy file. */
export interface AdmissionOptions {
  readonly rules: readonly AdmissionRule[];
  /** PEM certificates to trust besides the system's; empty for none. */
  readonly ca: string;
}

/** At least one of its two conditions is there. An image has to meet both. */
export interface AdmissionRule {
  /** Its number in the policy file, from 1. */
  readonly number: number;
  /** Image patterns of the package access, as images are named here. */
  readonly images: readonly string[];
  /** How long ago a digest was first seen under its tag, at least. */
  readonly minimumAgeMs?: number | undefined;
  readonly ask?: AdmissionAsk | undefined;
}

/** A scanner that is asked about each new digest. */
export interface AdmissionAsk {
  readonly url: string;
  /** No answer within this time is a refusal. */
  readonly timeoutMs: number;
}
