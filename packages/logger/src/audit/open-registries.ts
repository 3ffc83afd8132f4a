import { readFile } from 'node:fs/promises';
import type { RegistryHosts } from '@registry-cache/domain';
import { type Logger, parseJson, watchFile } from '@registry-cache/runtime';
import { REGISTRY_HOSTS } from '../options.ts';

/** The registry of each upstream, by the upstream's id. */
export interface Registries {
  readonly known: () => RegistryHosts;
  /** Reads the file again if it has changed. */
  readonly refresh: () => Promise<void>;
}

/** @throws Error if the file is bad at the start; config never writes such a file. */
export async function openRegistries(file: string, log: Logger): Promise<Registries> {
  const parse = (text: string) => parseJson(text, REGISTRY_HOSTS);
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
