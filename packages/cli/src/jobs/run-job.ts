import { type Job, openJob } from '@registry-cache/jobs';
import { formatFailure } from '../format-failure.ts';
import { warn } from '../warn.ts';
import { formatOwnCommand } from './own-command.ts';

/** As a shell reports a process that SIGINT ended. */
const INTERRUPTED = 130;

type JobOptions = Omit<Parameters<typeof openJob>[0], 'by' | 'command'>;

interface WorkOptions {
  readonly by?: 'policy' | undefined;
  /** What it reads on standard input: `LIST`; undefined for nothing. */
  readonly input?: string | undefined;
  /** The arguments of the command that does the same; left out: those of this process. */
  readonly args?: readonly string[] | undefined;
  /** A dry run has no record. */
  readonly isOnlyLooking?: boolean;
}

/**
 * Does long work under a record that `registry-cache jobs` shows. SIGINT and SIGTERM abort the
 * signal; the status is 130 then.
 *
 * @param work - Returns why it counts as failed, or undefined. It sets the status itself.
 * @throws what the work throws, if it was not interrupted.
 */
export async function runJob(
  options: JobOptions & WorkOptions,
  work: (job: Job, signal: AbortSignal) => Promise<string | undefined>,
): Promise<void> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  process.once('SIGINT', abort).once('SIGTERM', abort);
  const { by = 'operator', isOnlyLooking = false, input, args, ...shared } = options;
  const command = formatOwnCommand(args ?? process.argv.slice(2), input);
  const job = isOnlyLooking ? NO_JOB : openJob({ ...shared, by, command }, { onLost: tellLoss });
  try {
    const failure = await work(job, stop.signal);
    stop.signal.throwIfAborted();
    await job.end(failure === undefined ? 'done' : 'failed', failure);
  } catch (error) {
    if (!stop.signal.aborted) {
      await job.end('failed', formatFailure(error).join('; '));
      throw error;
    }
    await job.end('interrupted');
    // Its reading leaves nothing behind to go on from.
    const next = options.kind === 'verify' ? 'begins again' : 'goes on from here';
    warn(`interrupted; the same command ${next}`);
    process.exitCode = INTERRUPTED;
  }
}

/** Without a store there is nothing to work on, and the work itself says so. */
function tellLoss(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
  warn(`no record of this job is kept: ${formatFailure(error).join('; ')}`);
}

const NO_JOB: Job = { update: () => undefined, end: async () => undefined };
