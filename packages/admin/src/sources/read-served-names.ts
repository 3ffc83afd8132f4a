import { readFile } from 'node:fs/promises';
import { asObject, parseObject } from '@registry-cache/domain';

/** What is served, as people name it. */
export interface ServedPlaces {
  /** The registry of an upstream by its id, such as `quay.io`. */
  readonly hostOf: (upstreamId: string) => string | undefined;
  /** `quay.io/team`, or `quay.io`, to the id of its upstream. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Reads the names that config has rendered. @throws the system's error. */
export async function readServedNames(registriesFile: string): Promise<ServedPlaces> {
  const members = Object.entries(parseObject(await readFile(registriesFile)));
  const served = members.map(([id, value]) => {
    const { key, host } = asObject(value);
    return { id, key: String(key), host: String(host) };
  });
  const hosts = new Map(served.map(({ id, host }) => [id, host]));
  return { hostOf: (id) => hosts.get(id), ids: new Map(served.map(({ id, key }) => [key, id])) };
}
