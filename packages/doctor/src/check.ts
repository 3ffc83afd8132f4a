import type { Model, Settings } from '@registry-cache/config';
import type { Issue, RunPaths } from '@registry-cache/domain';
import type { Probe } from '@registry-cache/egress/probe';
import type { CheckName } from './faults/fault.ts';
import type { Finding } from './finding.ts';
import type { TriedRegistry } from './registries/try-registries.ts';

/** All that checks look at. */
export interface CheckContext {
  /** Undefined where a setting is broken. */
  readonly settings: Settings | undefined;
  /** Undefined where a setting or a file is broken. */
  readonly model: Model | undefined;
  /** Everything that is broken in settings and files. */
  readonly issues: readonly Issue[];
  readonly env: NodeJS.ProcessEnv;
  readonly run: RunPaths;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Undefined where the model is. */
  readonly probe: Probe | undefined;
  /** The certificate that peers see, with its key, in PEM; undefined without peers. */
  readonly peerPem: string | undefined;
  /** A try of each registry. The checks share it, so that each is asked once. */
  readonly registries: () => Promise<readonly TriedRegistry[]>;
  /** Whether this process was root before it became the user of the programs. */
  readonly wasRoot: boolean;
}

/** What a check saw. */
export type CheckOutcome =
  | {
      readonly kind: 'tried';
      /** One line for people, of what is good. */
      readonly seen: string;
      readonly findings: readonly Finding[];
    }
  | { readonly kind: 'not tried'; readonly reason: string };

/** One row of the table of checks. */
export interface Check {
  readonly name: CheckName;
  /** What it tries, as Markdown, for docs/doctor.md. */
  readonly tries: string;
  readonly run: (context: CheckContext) => Promise<CheckOutcome>;
}

export function tried(seen: string, findings: readonly Finding[]): CheckOutcome {
  return { kind: 'tried', seen, findings };
}

export function notTried(reason: string): CheckOutcome {
  return { kind: 'not tried', reason };
}

/** Other checks name the reason. */
export const NOBODY_REACHED = notTried('no registry was reached');

/** A check cannot run on input that nobody can read. The check of inputs names the reason. */
export const INPUT_IS_BROKEN = notTried('the input is broken');
