import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { KeyName } from '@registry-cache/backup';
import { isMadeHere, type Settings } from '@registry-cache/config';
import { orMissing, writeFileAtomic } from '@registry-cache/runtime';

/** Where the files are that a start makes if they are missing. Clients trust them. */
function placesOf({ CERTIFICATEPATH, CA_DIR }: Settings): Record<KeyName, string> {
  return {
    'certs.pem': CERTIFICATEPATH,
    'ca.crt': join(CA_DIR, 'ca.crt'),
    'ca.key': join(CA_DIR, 'ca.key'),
  };
}

/**
 * The certificate, where the cache has made it, and the authority of the proxy. An operator's own
 * certificate is the operator's to keep.
 * @throws an error of the disk for a file that cannot be read.
 */
export async function readMadeKeys(settings: Settings): Promise<Map<KeyName, Buffer>> {
  const keys = new Map<KeyName, Buffer>();
  for (const [name, path] of Object.entries(placesOf(settings)) as [KeyName, string][]) {
    const content = await orMissing(readFile(path));
    if (content === undefined) continue;
    if (name !== 'certs.pem' || isMadeHere(content.toString('utf8'))) keys.set(name, content);
  }
  return keys;
}

/**
 * Writes them where they are missing. `left` are the files that were there, and `folders` those that
 * have got a file.
 */
export async function writeMadeKeys(
  settings: Settings,
  keys: ReadonlyMap<KeyName, Buffer>,
): Promise<{ left: string[]; folders: ReadonlySet<string> }> {
  const left: string[] = [];
  const folders = new Set<string>();
  const places = placesOf(settings);
  for (const [name, content] of keys) {
    const path = places[name];
    if ((await orMissing(stat(path))) !== undefined) {
      left.push(path);
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, content.toString('utf8'), 0o600);
    // Everybody may read it, whatever the umask says.
    if (name === 'ca.crt') await chmod(path, 0o644);
    folders.add(dirname(path));
  }
  return { left, folders };
}
