import { registriesDir, repositoriesDir } from '@registry-cache/domain';
import type { Problems } from '../problems.ts';
import { listEntries, listNames } from '../quiet-fs.ts';

export interface Repository {
  readonly upstream: string;
  readonly name: string;
  readonly directory: string;
}

/**
 * Every upstream's every repository, and every directory above them that may be an empty rest
 * of some; what lies below a directory comes before it, so that a caller can prune.
 */
export function* walkRepositories(root: string, problems: Problems): Generator<Repository> {
  for (const upstream of listNames(registriesDir(root), problems)) {
    const top = repositoriesDir(root, upstream);
    for (const name of nestedNames(top, '', problems)) {
      yield { upstream, name, directory: `${top}/${name}` };
    }
  }
}

/** A component of a repository's name never starts with an underscore; all else here does. */
function* nestedNames(top: string, parent: string, problems: Problems): Generator<string> {
  for (const entry of listEntries(parent === '' ? top : `${top}/${parent}`, problems)) {
    if (!entry.isDirectory() || entry.name.startsWith('_')) continue;
    const name = parent === '' ? entry.name : `${parent}/${entry.name}`;
    yield* nestedNames(top, name, problems);
    yield name;
  }
}
