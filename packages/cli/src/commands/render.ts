import { resolve } from 'node:path';
import { applyChanges, loadDryRunModel, renderTree } from '@registry-cache/config';
import { runPaths, unwrap } from '@registry-cache/domain';
import type { Command } from 'commander';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { clearFormerOutput } from '../output-folder.ts';

export function addRender(program: Command): void {
  const command = program
    .command('render')
    .description('Writes the configuration for a pull secret, without its secrets.')
    .requiredOption('--out <dir>', 'folder to write to: a new one, or one of an earlier render');
  addInputOptions(command).action(async (options: InputOptions & { out: string }) => {
    const model = unwrap(await loadDryRunModel(readSettings(options)));
    const tree = renderTree(model, runPaths(process.env.RUNDIR), 'registry-cache');
    // Credentials and the private key are left out.
    const shown = [...tree.keys()].filter(
      (path) => !path.startsWith('secrets/') && !path.endsWith('certs.pem'),
    );
    const out = resolve(options.out);
    await clearFormerOutput(out);
    await applyChanges(out, tree, { written: shown, removed: [] });
    for (const path of shown) console.log(`${options.out}/${path}`);
  });
}
