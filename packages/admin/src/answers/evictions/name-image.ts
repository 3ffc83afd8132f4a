/** `<upstream id>/<repository>` with the registry of the upstream, as people write it. */
export function nameImage(
  path: string,
  nameOf: (upstreamId: string) => string | undefined,
): string {
  const [id = '', ...repository] = path.split('/');
  // The repository has the namespace of an upstream such as `quay.io/org` already.
  const [registry = id] = (nameOf(id) ?? id).split('/');
  return [registry, ...repository].join('/');
}
