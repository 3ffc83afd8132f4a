import { spawn } from 'node:child_process';
import { lstat, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DOCTOR_LIMIT_MS, doctorFiles, type RunPaths } from '@registry-cache/domain';
import { orMissing } from '@registry-cache/runtime';

/** The argument of `config` by which `startDoctor` starts the process. */
export const DOCTOR_COMMAND = 'doctor';

/**
 * Starts a doctor for a wish of the admin worker, unless one runs: only root can read the operator's
 * files. It runs beside the updates, which do not wait for it.
 *
 * A wish is known by its time, which may be before that of the last one: the doctor finds clocks that
 * are wrong, and operators set them then.
 *
 * @param argv what starts this program.
 */
export async function startDoctor(
  run: RunPaths,
  environment: NodeJS.ProcessEnv,
  argv: readonly string[],
  nowMs = Date.now(),
): Promise<void> {
  const { wish, report } = doctorFiles(run);
  const startedFile = join(run.config, 'doctor-started');
  const [wishedMs, startedMs, reportedMs] = await Promise.all(
    [wish, startedFile, report].map(readTime),
  );
  if (wishedMs === undefined) return;
  const wished = String(wishedMs);
  if (wished === (await orMissing(readFile(startedFile, 'utf8')))) return;
  const isRunning =
    startedMs !== undefined &&
    startedMs > (reportedMs ?? 0) &&
    Math.abs(nowMs - startedMs) < DOCTOR_LIMIT_MS;
  // Its report is newer than the wish, too.
  if (isRunning) return;
  await writeFile(startedFile, wished, { mode: 0o600 });
  const [program = '', ...args] = [...argv, DOCTOR_COMMAND];
  const options = { detached: true, stdio: 'ignore', env: environment } as const;
  const child = spawn(program, args, options);
  // Without a report the admin worker says that there is none.
  child.once('error', () => undefined);
  child.unref();
}

/**
 * Epoch milliseconds; undefined for a missing file. Of a link it is the link's own time: the user of
 * the programs may put one in the place of the wish, which leads nowhere.
 */
async function readTime(file: string): Promise<number | undefined> {
  return (await orMissing(lstat(file)))?.mtimeMs;
}
