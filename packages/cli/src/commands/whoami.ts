import type { WhoamiAnswer } from '@registry-cache/admin';
import type { Command } from 'commander';
import { showAnswer } from '../admin/show-answer.ts';

export function addWhoami(program: Command): void {
  program
    .command('whoami')
    .description('Tells who asks the admin API, and with which rights.')
    .option('--json', 'all of it as one JSON object')
    .action(({ json }: { readonly json?: boolean }) => showAnswer('whoami', {}, format, json));
}

function format({ user, rights }: WhoamiAnswer): string[] {
  const who = user ?? 'a client without a login';
  return [`${who}: ${rights.length === 0 ? 'no rights' : rights.join(', ')}`];
}
