import { readFile } from 'node:fs/promises';
import type { ServedNames } from '@registry-cache/domain';
import { type Logger, parseJson, watchFile } from '@registry-cache/runtime';
import { SERVED_NAMES } from '../options.ts';

/** The registry of each upstream, by the upstream's id. */
export interface Registries {
  readonly known: () => ServedNames;
  /** Reads the file again if it has changed. */
  readonly refresh: () => Promise<void>;
}

/** @throws Error if the file is bad at the start; config never writes such a file. */
export async function openRegistries(file: string, log: Logger): Promise<Registries> {
  const parse = (text: string) => parseJson(text, SERVED_NAMES);
  let names = parse(await readFile(file, 'utf8'));
  const watched = watchFile(file, names, {
    parse,
    onChange(changed) {
      names = changed;
    },
    onBroken: (err) => log.error({ file, err }, 'names of registries cannot be read'),
  });
  return {
    known: () => names,
    refresh: async () => void (await watched.current()),
  };
}
