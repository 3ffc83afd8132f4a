import { DIGEST_PATTERN, isRepository, REPOSITORY_PATTERN, TAG_PATTERN } from './reference.ts';

/**
 * The paths of a repository that a pull may request. Source: OCI distribution specification 1.1,
 * endpoints end-2, end-3, end-8, end-12.
 */
export type RegistryPath =
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: string }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: string };

/** The grammar of these paths, as a regular expression. `group` may give its parts names. */
function pathPattern(group: (name: string, pattern: string) => string): string {
  const digest = (name: string) => group(name, DIGEST_PATTERN);
  return (
    `^/v2/${group('repository', REPOSITORY_PATTERN)}/` +
    `(?:manifests/(?:${group('reference', `${DIGEST_PATTERN}|${TAG_PATTERN}`)})` +
    `|blobs/${digest('blob')}|${group('tags', 'tags/list')}|referrers/${digest('subject')})$`
  );
}

const PATH = new RegExp(pathPattern((name, pattern) => `(?<${name}>${pattern})`));

/** The same grammar without capturing groups, for programs that only match. */
export const PULL_PATH_PATTERN = pathPattern((_name, pattern) => pattern);

/**
 * The paths of uploads, for programs that only match: endpoints end-4 to end-6 and end-11. An
 * identifier with escapes is left out: the registry could read `..%2f` as the way to another
 * repository.
 */
export const UPLOAD_PATH_PATTERN = `^/v2/${REPOSITORY_PATTERN}/blobs/uploads/[^/%]*$`;

/** Parses a request path without its query, such as `/v2/library/debian/manifests/latest`. */
export function parseRegistryPath(path: string): RegistryPath | undefined {
  const groups = PATH.exec(path)?.groups;
  const repository = groups?.repository;
  if (groups === undefined || repository === undefined || !isRepository(repository)) {
    return undefined;
  }
  const { reference, blob, subject } = groups;
  if (reference !== undefined) return { kind: 'manifest', repository, reference };
  if (blob !== undefined) return { kind: 'blob', repository, digest: blob };
  if (subject !== undefined) return { kind: 'referrers', repository, digest: subject };
  return { kind: 'tags', repository };
}
