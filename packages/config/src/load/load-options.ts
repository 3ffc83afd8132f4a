import type { RunPaths } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import type { PairWait } from '../inputs/read-pair.ts';
import type { BootFacts } from '../model/build.ts';
import type { Settings } from '../settings/table.ts';

/** The sources of a model, and the treatment of missing certificates. */
export type LoadOptions = {
  readonly settings: Settings;
  readonly run: RunPaths;
  readonly facts: BootFacts;
  /**
   * Whether a pull secret is in use. If its file is missing now, that is an issue even at the
   * default path: public registries do not take the place of the operator's. Default false.
   */
  readonly hasPullSecret?: boolean;
  /**
   * Whether rules of the policy file are in force. If that file is missing or empty now, that is an
   * issue: an editor may be writing it, and nobody may get in meanwhile. Default false.
   */
  readonly hasRules?: boolean;
  /** Without it, a certificate and a key that do not fit are an issue at once. */
  readonly pairWait?: PairWait;
} & CertificateOptions;

/**
 * `make` writes a new certificate or authority once all inputs are good, and keeps it. `find` makes
 * an issue of a missing one. `placeholder` puts one in its place that is written nowhere.
 */
type CertificateOptions =
  | { readonly certificates: 'make'; readonly log: Logger }
  | { readonly certificates: 'find' | 'placeholder' };
