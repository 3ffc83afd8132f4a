/**
 * Whether a repository matches one of these patterns, in which `*` is any part of a name. Without
 * patterns every repository does.
 */
export function matchRepository(patterns: readonly string[]): (repository: string) => boolean {
  if (patterns.length === 0) return () => true;
  const sources = patterns.map((one) =>
    one.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*'),
  );
  const regex = new RegExp(`^(?:${sources.join('|')})$`);
  return (repository) => regex.test(repository);
}
