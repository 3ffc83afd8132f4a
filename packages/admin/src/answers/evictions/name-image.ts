/** `<upstream id>/<repository>` with the name of the upstream. */
export function nameImage(
  path: string,
  nameOf: (upstreamId: string) => string | undefined,
): string {
  const [id = '', ...repository] = path.split('/');
  return [nameOf(id) ?? id, ...repository].join('/');
}
