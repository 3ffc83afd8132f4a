import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  formatIssue,
  InvalidInputError,
  type RunPaths,
  runPaths,
  unwrap,
} from '@registry-cache/domain';
import { createLogger } from '@registry-cache/runtime';
import { DOCTOR_COMMAND, startDoctor } from './doctor/start-doctor.ts';
import { AUDIT_COMMAND, runAuditChild } from './machine/audit-child.ts';
import { readMountedStore } from './machine/mounted-store.ts';
import { findRunUser } from './machine/run-user.ts';
import { runStoreChild, STORE_COMMAND } from './machine/store-child.ts';
import { COMMAND_LINE } from './render/command-line.ts';
import { keepLines } from './report/keep-lines.ts';
import { findStrayVariables, parseSettings } from './settings/parse.ts';
import { AUTH_REGISTRIES_FILE, TRACE_HEADERS_FILE } from './settings/secret-files.ts';

/**
 * `config boot` prepares a start and ends. From then on `supervisor/watch` follows the inputs and
 * runs `config update` for each change. Each command loads only the code that it needs. Root runs
 * `config store` and `config audit` as the user that owns the store, for its work there. An update
 * starts `config doctor` where the admin worker wishes it.
 */
async function main(command: string | undefined): Promise<number> {
  if (command === STORE_COMMAND) return runStoreChild(process.argv.slice(3));
  if (command === AUDIT_COMMAND) return runAuditChild(process.argv.slice(3));
  const run = runPaths(process.env.RUNDIR);
  if (command === DOCTOR_COMMAND) {
    const { runDoctor } = await import('./doctor/run-doctor.ts');
    return runDoctor(run, COMMAND_LINE);
  }
  const environment = await completeEnvironment(run);
  const settings = unwrap(parseSettings(environment, readMountedStore()));
  const kept: string[] = [];
  const output = settings.LOG_FORWARD.length > 0 ? keepLines(kept) : undefined;
  const log = createLogger('config', settings.LOG_LEVEL, settings.LOG_FORMAT, output);
  switch (command) {
    case 'boot': {
      const stray = findStrayVariables(process.env);
      if (stray.length > 0) log.warn({ stray }, 'variables that no program reads');
      const { boot } = await import('./boot.ts');
      await boot(settings, run, log);
      // Later lines come by supervisord, which runs the update (supervisor/forward_output.py).
      if (kept.length > 0) await writeFile(run.programsLog, kept.join(''), { mode: 0o640 });
      return 0;
    }
    case 'update': {
      const argv = [process.execPath, ...process.argv.slice(1, 2)];
      await startDoctor(run, environment, argv).catch((error: unknown) => {
        // The update does not depend on it.
        log.warn({ err: error }, 'the doctor could not be started');
      });
      const { update } = await import('./update/update.ts');
      const isDone = await update({ settings, run, user: await findRunUser(), log });
      // The watcher tries again.
      return isDone ? 0 : 1;
    }
    default:
      process.stderr.write('usage: config boot|update\n');
      return 2;
  }
}

/** Secret variables by the files in which the boot keeps them for updates. */
const SECRET_VARIABLES = {
  AUTH_REGISTRIES: AUTH_REGISTRIES_FILE,
  OTEL_EXPORTER_OTLP_HEADERS: TRACE_HEADERS_FILE,
};

/** Programs do not inherit the secret variables. Updates read them from the boot's files. */
async function completeEnvironment(run: RunPaths): Promise<NodeJS.ProcessEnv> {
  const environment = { ...process.env };
  for (const [name, file] of Object.entries(SECRET_VARIABLES)) {
    environment[name] ??= await readFile(join(run.root, file), 'utf8').catch(() => '');
  }
  return environment;
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
