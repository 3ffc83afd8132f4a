import { ALIASES, SETTINGS } from '@registry-cache/config';
import type { Command } from 'commander';
import { formatTable } from '../format-table.ts';

export function addSettings(program: Command): void {
  program
    .command('settings')
    .description('Lists every environment variable that the appliance reads.')
    .option('--markdown', 'as the table of docs/configuration.md')
    .action(({ markdown = false }: { markdown?: boolean }) => {
      if (markdown) console.log(formatSettingsTable());
      else {
        for (const [name, { default: value, help }] of Object.entries(SETTINGS)) {
          console.log(`${name} (${value || 'empty'})\n    ${help}`);
        }
        for (const [name, { ours }] of Object.entries(ALIASES)) {
          console.log(
            `${name}\n    Of intercepting proxies, as nginx has it; here ${ours.join(', ')}.`,
          );
        }
      }
    });
}

/** The table of settings in docs/configuration.md. */
export function formatSettingsTable(): string {
  const rows = Object.entries(SETTINGS).map(([name, { default: value, help }]) => {
    return [`\`${name}\``, value && `\`${value}\``, help];
  });
  return formatTable(['variable', 'default', 'meaning'], rows);
}
