import { CommanderError } from 'commander';
import { formatFailure } from './format-failure.ts';
import { buildProgram } from './program.ts';

// `registry-cache logs | head` closes the pipe after a few lines.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  const isFailure = code !== 'EPIPE' || process.exitCode === 1;
  if (isFailure) process.stderr.write(`registry-cache: standard output: ${message}\n`);
  process.exit(isFailure ? 1 : 0);
});

// Progress that nobody reads any more must not end the work: the admin worker may have gone.
process.stderr.on('error', () => undefined);

buildProgram()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
    // commander has printed it already.
    if (error instanceof CommanderError) return;
    for (const line of formatFailure(error)) process.stderr.write(`registry-cache: ${line}\n`);
  });
