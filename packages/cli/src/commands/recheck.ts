import { escapeUnprintable } from '@registry-cache/domain';
import type { Command } from 'commander';
import { askHere } from '../admin/ask-here.ts';

export function addRecheck(program: Command): void {
  program
    .command('recheck')
    .description('Lets the next pull of a tag ask its registry, however long it is remembered.')
    .argument('<image...>', 'tags by their whole name, such as quay.io/team/app:v1')
    .action(recheck);
}

async function recheck(images: readonly string[]): Promise<void> {
  for (const image of images) {
    const { digest, confirmed } = await askHere('recheck', { image });
    const line = `${image} ${digest} (confirmed ${confirmed}) is checked at the next pull`;
    console.log(escapeUnprintable(line));
  }
}
