import { readFile } from 'node:fs/promises';
import { asObject, parseObject } from '@registry-cache/domain';

/** The registries that are served, as people name them. */
export interface ServedPlaces {
  /** The registry of an upstream by its id, such as `quay.io`. */
  readonly hostOf: (upstreamId: string) => string | undefined;
}

/** Reads the names that config has rendered. @throws the system's error. */
export async function readServedNames(registriesFile: string): Promise<ServedPlaces> {
  const members = Object.entries(parseObject(await readFile(registriesFile)));
  const hosts = new Map(members.map(([id, value]) => [id, String(asObject(value).host)]));
  return { hostOf: (id) => hosts.get(id) };
}
