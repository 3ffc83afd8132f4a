import { askAdmin } from '@registry-cache/admin';
import type { Command } from 'commander';
import { findAdminPlace } from '../admin/admin-place.ts';
import { formatStatus } from '../admin/format-status.ts';

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('Shows the store, the upstreams, what runs, and what is wrong.')
    .option('--json', 'all of it as one JSON object')
    .action(showStatus);
}

async function showStatus({ json = false }: { readonly json?: boolean }): Promise<void> {
  const status = await askAdmin('status', {}, findAdminPlace());
  if (json) console.log(JSON.stringify(status));
  else for (const line of formatStatus(status)) console.log(line);
}
