import { QueueFullError, SourceLimitedError } from '../limits/queue-errors.ts';
import type { SourceFailures } from '../limits/source-failures.ts';
import { createTurns, type Turns } from './turns.ts';

/** The origin of a password check. */
export interface JobOwner {
  /** The address, or the IPv6 network. */
  readonly source: string;
  readonly user: string;
  /** Aborted when no client waits for the outcome any more. */
  readonly gone: AbortSignal;
}

/** Runs jobs one at a time. Sources take turns, and so do the users of one source. */
export interface FairQueue {
  /** The number of waiting jobs. */
  readonly waiting: number;
  /**
   * Runs a job when its turn has come. A waiting job is dropped when `gone` is aborted.
   *
   * @throws SourceLimitedError if this source has too many wrong or waiting passwords
   * @throws QueueFullError if all sources together have too many, or if the wait was too long
   */
  run<T>(owner: JobOwner, job: () => Promise<T>): Promise<T>;
}

export interface QueueLimits {
  readonly waitingPerUser: number;
  readonly waitingPerSource: number;
  /** The limit of all sources together. Sources with failures get half of it at most. */
  readonly waiting: number;
  readonly waitMs: number;
}

interface Job {
  readonly owner: JobOwner;
  readonly start: () => Promise<void>;
}

/**
 * Runs one job at a time, because bcrypt has only the one thread of this process. Sources without
 * failures come first. A source with too many failures waits until it may fail again. Its users
 * take turns, so that guesses for one name do not stop another user of the same address.
 */
export function createFairQueue(limits: QueueLimits, failures: SourceFailures): FairQueue {
  /** Sources in the order of their turns. After its turn a source goes to the end. */
  const sources = new Map<string, Turns<Job>>();
  let waiting = 0;
  let isRunning = false;
  let timer: NodeJS.Timeout | undefined;

  /** The source that has its turn now, or the time until a source has one. */
  function findTurn(): { readonly source?: string; readonly waitMs: number } {
    let after: { source?: string; waitMs: number } = { waitMs: Number.POSITIVE_INFINITY };
    for (const source of sources.keys()) {
      if (!failures.hasFailed(source)) return { source, waitMs: 0 };
      const waitMs = failures.waitMs(source);
      if (waitMs < after.waitMs) after = waitMs === 0 ? { source, waitMs } : { waitMs };
    }
    return after;
  }

  function takeFrom(source: string): Job | undefined {
    const turns = sources.get(source);
    const job = turns?.take();
    sources.delete(source);
    if (turns !== undefined && turns.size > 0) sources.set(source, turns);
    if (job !== undefined) waiting -= 1;
    return job;
  }

  async function work(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    clearTimeout(timer);
    while (sources.size > 0) {
      const { source, waitMs } = findTurn();
      if (source === undefined) {
        timer = setTimeout(work, waitMs).unref();
        break;
      }
      await takeFrom(source)?.start();
    }
    isRunning = false;
  }

  function refuseIfFull({ source, user }: JobOwner): void {
    const turns = sources.get(source);
    if ((turns?.size ?? 0) >= limits.waitingPerSource) throw new SourceLimitedError();
    if ((turns?.sizeOf(user) ?? 0) >= limits.waitingPerUser) throw new SourceLimitedError();
    const most = failures.hasFailed(source) ? limits.waiting / 2 : limits.waiting;
    if (waiting >= most) throw new QueueFullError();
  }

  function enter(job: Job): void {
    const { source, user } = job.owner;
    const turns = sources.get(source) ?? createTurns<Job>();
    turns.add(user, job);
    sources.set(source, turns);
    waiting += 1;
  }

  /** Removes a job. @returns whether it was still waiting. */
  function leave(job: Job): boolean {
    const { source, user } = job.owner;
    const turns = sources.get(source);
    if (turns?.remove(user, job) !== true) return false;
    if (turns.size === 0) sources.delete(source);
    waiting -= 1;
    return true;
  }

  return {
    get waiting() {
      return waiting;
    },
    async run(owner, run) {
      owner.gone.throwIfAborted();
      refuseIfFull(owner);
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof run>>>();
      // An error of the job goes to its caller and never stops the queue.
      const start = async () => {
        try {
          resolve(await run());
        } catch (error) {
          reject(error);
        }
      };
      const job = { owner, start };
      const leaveWith = (reason: () => unknown) => {
        if (leave(job)) reject(reason());
      };
      const onGone = () => leaveWith(() => owner.gone.reason);
      const deadline = setTimeout(leaveWith, limits.waitMs, () =>
        failures.waitMs(owner.source) > 0 ? new SourceLimitedError() : new QueueFullError(),
      ).unref();
      owner.gone.addEventListener('abort', onGone);
      enter(job);
      void work();
      try {
        return await promise;
      } finally {
        clearTimeout(deadline);
        owner.gone.removeEventListener('abort', onGone);
      }
    },
  };
}
