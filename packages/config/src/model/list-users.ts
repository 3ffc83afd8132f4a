import type { Model } from './build.ts';

/** The users of the htpasswd file; undefined where issuers may name more of them. */
export function listUsers({
  htpasswd = '',
  issuers,
}: Pick<Model, 'htpasswd' | 'issuers'>): readonly string[] | undefined {
  if (issuers.length > 0) return undefined;
  return htpasswd.split('\n').flatMap((line) => line.split(':', 1).filter((user) => user !== ''));
}
