import type { Pace } from '../pace.ts';
import type { Problems } from '../problems.ts';
import type { Repository } from '../scan/repositories.ts';
import type { Liveness } from './liveness.ts';

/** The context of one sweep over all repositories. Times are epoch milliseconds. */
export interface Sweep {
  readonly root: string;
  readonly liveness: Liveness;
  readonly problems: Problems;
  readonly pace: Pace;
  /** Told of each removed link whose directory names the blob. */
  readonly onUnlinked: (algorithm: string, hex: string, repository: Repository) => void;
  /** The begin of the run. */
  readonly startedMs: number;
  /** Seconds ago. Files that changed later may be incomplete: someone is still writing. */
  readonly youngestMs: number;
  /** Minutes ago. Files that changed before that were left behind. */
  readonly leftSinceMs: number;
}
