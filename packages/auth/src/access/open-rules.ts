import { readFile } from 'node:fs/promises';
import {
  ACCESS_OPTIONS,
  type Access,
  type AccessOptions,
  type AskedRegistries,
  compileAccess,
  nameImage,
} from '@registry-cache/access';
import { type Logger, parseJson, watchFile } from '@registry-cache/runtime';

/** The compiled rules, and the names of the registries that they are about. */
export interface Rules {
  readonly access: Access;
  /** Registries that decide about clients by themselves; undefined where there are none. */
  readonly asked: AskedRegistries | undefined;
  /** The id of each upstream, to the name of its registry. */
  readonly registries: ReadonlyMap<string, string>;
  /** Groups of the rules, which no claim of an issuer can fill. */
  readonly groups: ReadonlySet<string>;
  /** The registries whose images are pushed here. */
  readonly hosted: ReadonlySet<string>;
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

function compile({ policy, registries, hosted = [] }: AccessOptions): Rules {
  const hosts = new Set(Object.values(registries));
  return {
    access: compileAccess(policy),
    asked: policy?.asked,
    registries: new Map(Object.entries(registries)),
    groups: new Set(Object.keys(policy?.groups ?? {})),
    nameImage(name) {
      if (policy === undefined) return name;
      const image = nameImage(name, policy.names);
      return hosts.has(image.split('/', 1)[0] ?? '') ? image : undefined;
    },
    hosted: new Set(hosted),
  };
}
