import type { Command } from 'commander';
import { formatAlerts } from '../watching/format-alerts.ts';

interface AlertsOptions {
  readonly kubernetes?: boolean;
  readonly runbooks: string;
}

export function addAlerts(program: Command): void {
  program
    .command('alerts')
    .description('Prints alerts for Prometheus.')
    .option('--kubernetes', 'as a PrometheusRule')
    .option(
      '--runbooks <url>',
      'what links to docs/alerts.md begin with, such as https://git/x/',
      '',
    )
    .action(({ kubernetes = false, runbooks }: AlertsOptions) => {
      process.stdout.write(formatAlerts({ runbooks, isForKubernetes: kubernetes }));
    });
}
