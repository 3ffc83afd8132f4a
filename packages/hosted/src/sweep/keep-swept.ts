import type { Logger } from '@registry-cache/runtime';
import type { Deletions } from './deletions.ts';
import type { Sweeper } from './sweeper.ts';

/** A client that deletes an index and then its images finds them all. */
const AFTER_DELETION_MS = 10_000;
const ALL_EVERY_MS = 60 * 60_000;

export interface KeptSweeps {
  /** Resolves after the first look at everything. */
  readonly measured: Promise<void>;
  /** A deletion was noted. */
  onDeletion(): void;
  stop(): void;
}

/**
 * Sweeps soon after deletions, as long as some are noted, and looks at everything at the start and
 * each hour. One sweep runs at a time.
 */
export function keepSwept(sweeper: Sweeper, deletions: Deletions, log: Logger): KeptSweeps {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  function run(work: () => Promise<void>): Promise<void> {
    running = running.then(work).catch((error: unknown) => {
      log.error({ err: error }, 'the room of deleted images could not be freed; trying again');
    });
    return running;
  }

  function onDeletion(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void run(async () => {
        await sweeper.sweepDeletions();
      }).then(async () => {
        if ((await deletions.list()).length > 0) onDeletion();
      });
    }, AFTER_DELETION_MS).unref();
  }

  const measured = run(() => sweeper.sweepAll());
  onDeletion();
  const everyHour = setInterval(() => void run(() => sweeper.sweepAll()), ALL_EVERY_MS).unref();
  return {
    measured,
    onDeletion,
    stop() {
      clearTimeout(timer);
      clearInterval(everyHour);
    },
  };
}
