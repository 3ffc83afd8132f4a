import { posix } from 'node:path';
import { stripMirrors } from './daemon-json.ts';
import { stripHosts } from './hosts-toml.ts';

/** A file of the node before the set-up and after it, as texts. */
export interface Change {
  /** Undefined if there was none. */
  readonly original: string | undefined;
  readonly written: string;
}

/**
 * The node's own part of a file: the original, byte for byte, if nobody has changed the file since.
 * Otherwise the changed file without the lines of the set-up. Undefined if there is no such part.
 */
export function findOwnPart(
  path: string,
  current: string | undefined,
  change: Change | undefined,
): string | undefined {
  if (current === undefined) return undefined;
  if (change !== undefined && current === change.written) return change.original;
  const name = posix.basename(path);
  if (name === 'hosts.toml') return stripHosts(current);
  if (name === 'daemon.json' && change !== undefined) return stripMirrors(current, change);
  if (name.endsWith('.conf') && change !== undefined && hasMark(current, change)) {
    return change.original;
  }
  return current;
}

/**
 * Whether the file still is the drop-in of the set-up, whose first line says so. Such a file belongs
 * to the set-up as a whole: registries of the node have files of their own.
 */
function hasMark(current: string, { written }: Change): boolean {
  const [mark] = written.split('\n', 1);
  return mark?.startsWith('#') === true && current.startsWith(`${mark}\n`);
}
