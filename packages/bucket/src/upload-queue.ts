import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inDirectory, orMissing, writeFileAtomic } from '@registry-cache/runtime';
import { parseTask, taskId, type UploadTask } from './upload-task.ts';

/** A task in the queue. A later task for the same object has another version. */
export interface QueuedTask {
  readonly id: string;
  readonly task: UploadTask;
}

/**
 * What waits for the bucket: a file each, so that a restart loses nothing. The oldest goes first, and
 * a task for the same object takes the place of the one before.
 */
export interface UploadQueue {
  /** How many tasks wait or run. */
  readonly size: number;
  /** @returns false if the queue is full, or its lists are. The task is dropped then. */
  add(task: UploadTask): Promise<boolean>;
  /** The next task, which then runs; undefined if none waits. */
  take(): QueuedTask | undefined;
  /** Ends a running task. A newer one for the same object waits again. */
  done(task: QueuedTask): Promise<void>;
  /** Lets a running task wait again, at the end. */
  giveBack(task: QueuedTask): void;
  /** Resolves when a task has been added. */
  added(signal: AbortSignal): Promise<void>;
}

export interface QueueOptions {
  readonly maxTasks: number;
  /** For the lists of all tasks together, which are in memory. */
  readonly maxTextBytes: number;
  /** A file could not be read, and is left alone, or not be written: its task is in memory alone. */
  readonly onNotKept: (error: unknown) => void;
}

/** Opens the queue in a folder, with what an earlier process left. @throws an error of the disk. */
export async function openUploadQueue(
  directory: string,
  { maxTasks, maxTextBytes, onNotKept }: QueueOptions,
): Promise<UploadQueue> {
  await mkdir(directory, { recursive: true });
  const waiting = new Map<string, QueuedTask>();
  const running = new Map<string, QueuedTask>();
  const listeners = new Set<() => void>();
  // The files of one object change one after the other.
  let last: Promise<unknown> = Promise.resolve();
  const file = (id: string) => join(directory, id);
  const inTurn = (work: () => Promise<unknown>): Promise<void> => {
    const mine = last.then(work).then(() => undefined, onNotKept);
    last = mine;
    return mine;
  };

  /** The length of all lists that wait. */
  const heldText = () =>
    [...waiting.values(), ...running.values()].reduce(
      (sum, { task }) => sum + (task.kind === 'referrers' ? task.list.length : 0),
      0,
    );

  for (const name of await readdir(directory)) {
    try {
      const task = parseTask((await orMissing(readFile(file(name), 'utf8'))) ?? '');
      if (task !== undefined && taskId(task) === name) waiting.set(name, { id: name, task });
      // A file that was being written when the process ended.
      else await rm(file(name), { force: true });
    } catch (error) {
      // Something that is none of ours, such as a folder, or a file that may not be read.
      onNotKept(error);
    }
  }

  return {
    get size() {
      return waiting.size + running.size;
    },
    async add(task) {
      const id = taskId(task);
      if (!waiting.has(id) && waiting.size + running.size >= maxTasks) return false;
      if (task.kind === 'referrers' && heldText() + task.list.length > maxTextBytes) return false;
      waiting.set(id, { id, task });
      for (const listener of [...listeners]) listener();
      const text = JSON.stringify(task);
      await inTurn(() =>
        inDirectory(file(id), () => writeFileAtomic(file(id), text, 0o644, { isLasting: false })),
      );
      return true;
    },
    take() {
      for (const [id, queued] of waiting) {
        if (running.has(id)) continue;
        waiting.delete(id);
        running.set(id, queued);
        return queued;
      }
      return undefined;
    },
    async done({ id }) {
      running.delete(id);
      await inTurn(async () => {
        if (!waiting.has(id)) await rm(file(id), { force: true });
      });
    },
    giveBack(queued) {
      running.delete(queued.id);
      if (!waiting.has(queued.id)) waiting.set(queued.id, queued);
    },
    async added(signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = () => resolve();
      listeners.add(wake);
      signal.addEventListener('abort', wake);
      await promise;
      listeners.delete(wake);
      signal.removeEventListener('abort', wake);
    },
  };
}
