import { readFile } from 'node:fs/promises';
import {
  ACCESS_OPTIONS,
  type Access,
  type AccessOptions,
  type AskedRegistries,
  compileAccess,
  type RegistryNames,
} from '@registry-cache/access';
import { type Logger, parseJson, watchFile } from '@registry-cache/runtime';

/** The compiled rules, and the names of the registries that they are about. */
export interface Rules {
  readonly access: Access;
  /** Registries that decide about clients by themselves; undefined where there are none. */
  readonly asked: AskedRegistries | undefined;
  /** The id of each upstream, to the name of its registry. */
  readonly registries: ReadonlyMap<string, string>;
  /**
   * The image of a repository as a client names it, by any name of its registry. Undefined for a name
   * of no registry that is served. Without rules each name stands for itself.
   */
  readonly nameImage: (name: string) => string | undefined;
}

/**
 * Follows the file of rules. While it is missing or broken, the last good rules stay in force.
 *
 * @throws Error if the file is bad at the start; config never hands such a file over.
 */
export async function openRules(file: string, log: Logger): Promise<() => Promise<Rules>> {
  const parse = (text: string) => compile(parseJson(text, ACCESS_OPTIONS));
  const watched = watchFile(file, parse(await readFile(file, 'utf8')), {
    parse,
    onChange: () => log.info({ file }, 'rules of access read'),
    onBroken: (error) =>
      log.error({ file, err: error }, 'rules of access are not usable, the last good ones stay'),
  });
  return () => watched.current();
}

function compile({ policy, registries }: AccessOptions): Rules {
  const hosts = new Set(Object.values(registries));
  return {
    access: compileAccess(policy),
    asked: policy?.asked,
    registries: new Map(Object.entries(registries)),
    nameImage: (name) => (policy === undefined ? name : nameImage(policy.names, hosts, name)),
  };
}

function nameImage(
  { aliases, library }: RegistryNames,
  hosts: ReadonlySet<string>,
  name: string,
): string | undefined {
  const [first = '', ...rest] = name.split('/');
  const alias = Object.hasOwn(aliases, first) ? aliases[first] : undefined;
  const host = hosts.has(first) ? first : alias;
  if (host === undefined) return undefined;
  const isOfficial = rest.length === 1 && library.includes(host);
  return [host, ...(isOfficial ? ['library'] : []), ...rest].join('/');
}
