/**
 * The registry of an upstream by the name that people write: `quay.io` of `quay.io/org`. Repositories
 * of such an upstream begin with its namespace already.
 */
export function registryOf(upstream: string): string {
  const [registry = ''] = upstream.split('/');
  return registry;
}

/** A repository as people write it: `quay.io/team/app`. Parts that are not known are left out. */
export function nameRepository(registry: string, repository: string): string {
  return [registry, repository].filter((part) => part !== '').join('/');
}
