import type { WriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { type BackupOptions, writeBackup } from '@registry-cache/backup';
import { formatSize, InvalidInputError } from '@registry-cache/domain';
import type { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { readMadeKeys } from '../backup/made-keys.ts';
import { becomeRunUser } from '../become-run-user.ts';
import { count } from '../count.ts';
import { readSettings } from '../inputs.ts';
import { warn } from '../warn.ts';
import { writeWhole } from '../write-whole.ts';

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
  const out = path === '-' ? undefined : await createOut(path);
  await becomeRunUser();
  const options = {
    ...{ storeRoot: settings.REGISTRYDIR, keys, madeBy: manifest.version, now: new Date() },
  };
  const written = await (out === undefined
    ? writeWhole(() => writeBackup(process.stdout, options))
    : writeFile(path, out, options));
  const tags = count(written.tags, 'tag');
  const keyFiles = count(written.keys, 'file');
  const files = count(written.files, 'file');
  const size = formatSize(written.bytes);
  warn(`${files} of the store with ${tags}, ${keyFiles} of keys and certificates: ${size}`);
}

async function writeFile(path: string, out: WriteStream, options: BackupOptions) {
  try {
    const [written] = await Promise.all([
      writeBackup(out, options).finally(() => out.end()),
      finished(out),
    ]);
    return written;
  } catch (error) {
    // Half of a backup must not be taken for one. In a folder of root it stays.
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
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
