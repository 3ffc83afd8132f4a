/**
 * The grammar of names, tags and digests. Sources: OCI distribution specification 1.1, "Pulling
 * manifests"; OCI image specification, "Digests"; the distribution registry for the limit of 255
 * characters.
 */
export const COMPONENT_PATTERN = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';

export const REPOSITORY_PATTERN = `${COMPONENT_PATTERN}(?:/${COMPONENT_PATTERN})*`;
export const TAG_PATTERN = '[A-Za-z0-9_][A-Za-z0-9._-]{0,127}';
export const DIGEST_PATTERN = '(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})';

const REPOSITORY = new RegExp(`^${REPOSITORY_PATTERN}$`);
const TAG = new RegExp(`^${TAG_PATTERN}$`);
const DIGEST = new RegExp(`^${DIGEST_PATTERN}$`);
const REFERRER_TAG = /^sha256-([a-f0-9]{64})(?:\.(?:sig|att|sbom))?$/;
const MAX_NAME_LENGTH = 255;

export function isRepository(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && REPOSITORY.test(text);
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** Splits `sha256:ab…` into its two parts. */
export function splitDigest(digest: string): { algorithm: string; hex: string } {
  const colon = digest.indexOf(':');
  return { algorithm: digest.slice(0, colon), hex: digest.slice(colon + 1) };
}

/**
 * The tag that clients write for the referrers of a digest, where the registry lacks their API.
 * Source: OCI distribution specification 1.1, "Referrers Tag Schema".
 */
export function referrersTag(digest: string): string {
  const { algorithm, hex } = splitDigest(digest);
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

/**
 * The digest whose referrers a tag such as `sha256-<hex>.sig` names; undefined for any other tag.
 * Sources: OCI distribution specification 1.1, "Referrers Tag Schema"; cosign for the three endings.
 */
export function subjectOfTag(tag: string): string | undefined {
  const hex = REFERRER_TAG.exec(tag)?.[1];
  return hex === undefined ? undefined : `sha256:${hex}`;
}

/** The name of an image: that of its repository, with `:TAG` or `@DIGEST` behind it. */
export function withReference(name: string, reference: string): string {
  return `${name}${isDigest(reference) ? '@' : ':'}${reference}`;
}
