import {
  createLogger,
  formatIssue,
  InvalidInputError,
  runPaths,
  untilStopped,
} from '@registry-cache/domain';
import { boot } from './boot.ts';
import { findRunUser } from './host/user.ts';
import { findStrayVariables, parseSettings } from './settings/parse.ts';
import { ConfigSession } from './watch/session.ts';
import { watchInputs } from './watch/watch.ts';

/** `config boot` prepares a start and ends; `config watch` follows the inputs from then on. */
async function main(command: string | undefined): Promise<number> {
  const run = runPaths(process.env.RUNDIR);
  const settings = parseSettings(process.env);
  if (!settings.ok) throw new InvalidInputError(settings.issues);
  const log = createLogger('config', settings.value.LOG_LEVEL);
  if (command === 'boot') {
    const stray = findStrayVariables(process.env);
    if (stray.length > 0) log.warn({ stray }, 'variables that nothing here reads');
    await boot(settings.value, run, log);
    return 0;
  }
  if (command === 'watch') {
    const session = new ConfigSession(settings.value, run, await findRunUser(), log);
    const stop = new AbortController();
    void untilStopped().then(() => stop.abort());
    await watchInputs(settings.value, () => session.update(), stop.signal);
    return 0;
  }
  process.stderr.write('usage: config boot|watch\n');
  return 2;
}

main(process.argv[2]).then(
  (status) => process.exit(status),
  (error: unknown) => {
    // Operators read this on a terminal: one line for each thing to mend.
    const lines =
      error instanceof InvalidInputError ? error.issues.map(formatIssue) : [String(error)];
    for (const line of lines) process.stderr.write(`registry-cache: ${line}\n`);
    process.exit(1);
  },
);
