import { accept, type Parsed, quoteFound, reject } from '@registry-cache/domain';

/** The images of a rule: a glob over registry and repository, and maybe one over tags. */
export interface ImagePattern {
  /** The parts between slashes; the first is the registry's. `**` stands for one or more parts. */
  readonly parts: readonly string[];
  /** Undefined if the pattern speaks for the whole repository. */
  readonly tag: string | undefined;
}

const ACCEPTED =
  'REGISTRY/REPOSITORY or REGISTRY/REPOSITORY:TAG, such as quay.io/team/** or ghcr.io/org/app:v*';
const MAX_LENGTH = 512;
const REGISTRY_PART = /^[a-z0-9._:[\]*-]+$/;
const REPOSITORY_PART = /^[a-z0-9._*-]+$/;
const TAG = /^[A-Za-z0-9._*-]{1,128}$/;

/**
 * Reads an image pattern. A colon after the last slash begins the tag, as in a reference. Without a
 * slash, as in `**:latest`, there is no registry with a port that it could belong to.
 *
 * @param path where the pattern stands, for the issue.
 */
export function parseImagePattern(path: string, text: string): Parsed<ImagePattern> {
  const issue = (accepted: string) => reject({ path, found: quoteFound(text), accepted });
  if (text.length > MAX_LENGTH) return issue(`at most ${MAX_LENGTH} characters`);
  if (text.includes('@')) return issue(`${ACCEPTED}; a digest cannot be part of it`);
  const colon = text.indexOf(':', text.lastIndexOf('/') + 1);
  const name = (colon === -1 ? text : text.slice(0, colon)).replace(/^[^/]*/, (registry) =>
    registry.toLowerCase(),
  );
  const tag = colon === -1 ? undefined : text.slice(colon + 1);
  const parts = name.split('/');
  const isWellFormed = parts.every((part, index) =>
    (index === 0 ? REGISTRY_PART : REPOSITORY_PART).test(part),
  );
  if (!isWellFormed || (tag !== undefined && !TAG.test(tag))) return issue(ACCEPTED);
  if (/\*{3}/.test(text)) return issue('* within one part, ** across parts');
  if (parts.length === 1 && !name.includes('**')) return issue(ACCEPTED);
  return accept({ parts, tag });
}

/** The pattern as it is written. */
export function formatImagePattern({ parts, tag }: ImagePattern): string {
  return parts.join('/') + (tag === undefined ? '' : `:${tag}`);
}
