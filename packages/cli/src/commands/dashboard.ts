import type { Command } from 'commander';
import { formatDashboard } from '../watching/format-dashboard.ts';

export function addDashboard(program: Command): void {
  program
    .command('dashboard')
    .description('Prints a dashboard for Grafana.')
    .action(() => {
      process.stdout.write(formatDashboard());
    });
}
