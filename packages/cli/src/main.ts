import { formatIssue, InvalidInputError } from '@registry-cache/domain';
import { CommanderError } from 'commander';
import { buildProgram } from './program.ts';

buildProgram()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
    if (error instanceof CommanderError) return;
    const lines =
      error instanceof InvalidInputError ? error.issues.map(formatIssue) : [String(error)];
    for (const line of lines) process.stderr.write(`registry-cache: ${line}\n`);
  });
