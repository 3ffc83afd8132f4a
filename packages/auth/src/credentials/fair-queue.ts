/** Runs jobs one at a time, taking the waiting clients in turn. */
export interface FairQueue {
  /**
   * @param client whose job it is: one that queues many waits behind itself, not before others
   * @throws QueueFullError at once, when this client or all together have too many jobs waiting
   */
  run<T>(client: string, job: () => Promise<T>): Promise<T>;
}

export interface QueueLimits {
  readonly waitingPerClient: number;
  readonly waiting: number;
}

export class QueueFullError extends Error {
  readonly code = 'AUTH_QUEUE_FULL';

  constructor() {
    super('too many credentials are waiting to be checked');
    this.name = 'QueueFullError';
  }
}

/** One at a time, because bcrypt has but this process's one thread. */
export function createFairQueue(limits: QueueLimits): FairQueue {
  /** In the order of turns; a client whose turn it was goes to the end. */
  const waiting = new Map<string, Array<() => Promise<void>>>();
  let waitingCount = 0;
  let running = false;

  function takeNext(): (() => Promise<void>) | undefined {
    for (const [client, jobs] of waiting) {
      waiting.delete(client);
      const job = jobs.shift();
      if (jobs.length > 0) waiting.set(client, jobs);
      if (job === undefined) continue;
      waitingCount -= 1;
      return job;
    }
    return undefined;
  }

  async function work(): Promise<void> {
    if (running) return;
    running = true;
    for (let job = takeNext(); job !== undefined; job = takeNext()) await job();
    running = false;
  }

  return {
    async run(client, job) {
      const jobs = waiting.get(client) ?? [];
      if (jobs.length >= limits.waitingPerClient || waitingCount >= limits.waiting) {
        throw new QueueFullError();
      }
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof job>>>();
      // A failure is its caller's, never the queue's.
      jobs.push(async () => {
        try {
          resolve(await job());
        } catch (error) {
          reject(error);
        }
      });
      waiting.set(client, jobs);
      waitingCount += 1;
      void work();
      return await promise;
    },
  };
}
