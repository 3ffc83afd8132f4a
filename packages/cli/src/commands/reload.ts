import type { Command } from 'commander';
import { askHere } from '../admin/ask-here.ts';

export function addReload(program: Command): void {
  program
    .command('reload')
    .description('Has the mounted files read again, which are followed anyway.')
    .action(async () => {
      const { asked } = await askHere('reload', {});
      console.log(`asked at ${asked}; registry-cache check tells the outcome in a few seconds`);
    });
}
