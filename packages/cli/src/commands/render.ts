import { resolve } from 'node:path';
import { draftModel, renderTree, writeTree } from '@registry-cache/config';
import { runPaths, unwrap } from '@registry-cache/domain';
import type { Command } from 'commander';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';

export function addRender(program: Command): void {
  const command = program
    .command('render')
    .description('Writes the configuration that a pull secret leads to, without its secrets.')
    .requiredOption('--out <dir>', 'folder to write it to; what it holds is replaced');
  addInputOptions(command).action(async (options: InputOptions & { out: string }) => {
    const model = unwrap(await draftModel(readSettings(options)));
    const tree = renderTree(model, runPaths(process.env.RUNDIR), 'registry-cache');
    // Neither credentials nor the private key are for looking at.
    const shown = [...tree].filter(
      ([path]) => !path.startsWith('secrets/') && !path.endsWith('certs.pem'),
    );
    await writeTree(resolve(options.out), new Map(shown));
    for (const [path] of shown) console.log(`${options.out}/${path}`);
  });
}
