import { COMPONENT_PATTERN, isRepository, REPOSITORY_PATTERN } from './reference.ts';

/**
 * The paths of a hosted repository, whose name begins with that of its registry: `apps/team/app`.
 * A reference or a digest may still be invalid, because that has an answer of its own. Source: OCI
 * distribution specification 1.1, "Endpoints".
 */
export type HostedPath =
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: string }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: string };

function pathPattern(name: string, group: (name: string, pattern: string) => string): string {
  return (
    `^/v2/${group('repository', name)}/` +
    `(?:manifests/${group('reference', '[^/]+')}|${group('uploads', 'blobs/uploads/?')}` +
    `|blobs/uploads/${group('upload', '[A-Za-z0-9-]+')}|blobs/${group('blob', '[^/]+')}` +
    `|${group('tags', 'tags/list')}|referrers/${group('subject', '[^/]+')})$`
  );
}

const HOSTED_NAME = `${COMPONENT_PATTERN}/${REPOSITORY_PATTERN}`;
const NAMED = (name: string, pattern: string) => `(?<${name}>${pattern})`;
const PATH = new RegExp(pathPattern(HOSTED_NAME, NAMED));
const MIRRORED_PATH = new RegExp(pathPattern(REPOSITORY_PATTERN, NAMED));

/** The same grammar without capturing groups, for programs that only match. */
export const HOSTED_PATH_PATTERN = pathPattern(HOSTED_NAME, (_name, pattern) => pattern);

/** The same for a push into an upstream's name, whose registry is not in the path. */
export const MIRRORED_PATH_PATTERN = pathPattern(REPOSITORY_PATTERN, (_name, pattern) => pattern);

/** Parses a request path without its query, such as `/v2/apps/team/app/blobs/uploads/`. */
export function parseHostedPath(path: string): HostedPath | undefined {
  return read(PATH.exec(path)?.groups);
}

/** The same for a push into an upstream's name, whose registry is not in the path. */
export function parseMirroredPath(path: string): HostedPath | undefined {
  return read(MIRRORED_PATH.exec(path)?.groups);
}

function read(groups: Readonly<Record<string, string>> | undefined): HostedPath | undefined {
  const repository = groups?.repository;
  if (groups === undefined || repository === undefined || !isRepository(repository)) {
    return undefined;
  }
  const { reference, blob, upload, uploads, subject } = groups;
  if (reference !== undefined) return { kind: 'manifest', repository, reference };
  if (uploads !== undefined) return { kind: 'uploads', repository };
  if (upload !== undefined) return { kind: 'upload', repository, id: upload };
  if (blob !== undefined) return { kind: 'blob', repository, digest: blob };
  if (subject !== undefined) return { kind: 'referrers', repository, digest: subject };
  return { kind: 'tags', repository };
}
