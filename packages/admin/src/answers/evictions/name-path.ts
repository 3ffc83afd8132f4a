import { nameRepository, registryOf } from '../../sources/name-repository.ts';

/** `<upstream id>/<repository>` as people write it. */
export function namePath(path: string, nameOf: (upstreamId: string) => string | undefined): string {
  const [id = '', ...repository] = path.split('/');
  return nameRepository(registryOf(nameOf(id) ?? id), repository.join('/'));
}
