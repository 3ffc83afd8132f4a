import { registriesDir, repositoriesDir } from '@registry-cache/domain';
import type { Problems } from '../problems.ts';
import { listEntries, listNames } from '../quiet-fs.ts';

export interface Repository {
  readonly upstream: string;
  readonly name: string;
  readonly directory: string;
}

/**
 * All repositories of all upstreams, and all directories above them, which may be rests of removed
 * ones. A directory comes after the directories below it, so that a caller can prune.
 */
export function* walkRepositories(root: string, problems: Problems): Generator<Repository> {
  for (const upstream of listNames(registriesDir(root), problems)) {
    const top = repositoriesDir(root, upstream);
    for (const name of nestedNames(top, '', problems)) {
      yield { upstream, name, directory: `${top}/${name}` };
    }
  }
}

/** Components of repository names never start with an underscore; all other names here do. */
function* nestedNames(top: string, parent: string, problems: Problems): Generator<string> {
  for (const entry of listEntries(parent === '' ? top : `${top}/${parent}`, problems)) {
    if (!entry.isDirectory() || entry.name.startsWith('_')) continue;
    const name = parent === '' ? entry.name : `${parent}/${entry.name}`;
    yield* nestedNames(top, name, problems);
    yield name;
  }
}
