import { open } from 'node:fs/promises';
import { writeBackup } from '@registry-cache/backup';
import { formatSize, InvalidInputError } from '@registry-cache/domain';
import type { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { readMadeKeys } from '../backup/made-keys.ts';
import { becomeRunUser } from '../become-run-user.ts';
import { count } from '../count.ts';
import { readSettings } from '../inputs.ts';
import { warn } from '../warn.ts';

export function addBackup(program: Command): void {
  program
    .command('backup')
    .description('Writes what nobody could fetch again into one tar: it holds private keys.')
    .argument('<out>', 'a new file, or - for standard output')
    .action(backup);
}

async function backup(path: string): Promise<void> {
  const settings = readSettings();
  // Only root may read the keys, and write into folders of root.
  const keys = await readMadeKeys(settings);
  const out = path === '-' ? process.stdout : await createOut(path);
  await becomeRunUser();
  const written = await writeBackup(out, {
    storeRoot: settings.REGISTRYDIR,
    keys,
    madeBy: manifest.version,
    now: new Date(),
  });
  if (out !== process.stdout) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    out.on('error', reject);
    out.end(resolve);
    await promise;
  }
  const tags = count(written.tags, 'tag');
  const keyFiles = count(written.keys, 'file');
  const files = count(written.files, 'file');
  const size = formatSize(written.bytes);
  warn(`${files} of the store with ${tags}, ${keyFiles} of keys and certificates: ${size}`);
}

async function createOut(path: string) {
  try {
    return (await open(path, 'wx', 0o600)).createWriteStream();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const found = code === 'EEXIST' ? 'a file that is there already' : `${code}`;
    const accepted = 'a new file in a folder that is there, or - for standard output';
    throw new InvalidInputError([{ path, found, accepted }]);
  }
}
