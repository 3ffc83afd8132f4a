import { escapeUnprintable } from '@registry-cache/domain';

/** A bundle that cannot be used: it is damaged, hostile, or of no known form. */
export class BundleError extends Error {
  readonly code = 'BUNDLE';

  /** @param place the file or folder, and the entry in it. */
  constructor(place: string, problem: string) {
    super(`${escapeUnprintable(place)}: ${escapeUnprintable(problem)}`);
    this.name = 'BundleError';
  }
}
