import { open } from 'node:fs/promises';
import { restoreBackup, syncFilesystem } from '@registry-cache/backup';
import type { Command } from 'commander';
import { giveToRunUser } from '../backup/give-to-run-user.ts';
import { writeMadeKeys } from '../backup/made-keys.ts';
import { count } from '../count.ts';
import { readSettings } from '../inputs.ts';
import { warn } from '../warn.ts';

export function addRestore(program: Command): void {
  program
    .command('restore')
    .description('Takes a backup into an empty store, before the first start.')
    .argument('<in>', 'the file of a backup, or - for standard input')
    .action(restore);
}

async function restore(path: string): Promise<void> {
  const settings = readSettings();
  const source = path === '-' ? process.stdin : (await open(path)).createReadStream();
  const { info, files, keys, tops } = await restoreBackup(source, settings.REGISTRYDIR);
  await giveToRunUser(settings.REGISTRYDIR, tops);
  const { left, folders } = await writeMadeKeys(settings, keys);
  // Keys may be on another disk than the store.
  for (const folder of [settings.REGISTRYDIR, ...folders]) await syncFilesystem(folder);
  for (const file of left) warn(`${file} is there already, and stays as it is`);
  console.log(`restored ${count(files, 'file')} of ${info.createdAt}`);
}
