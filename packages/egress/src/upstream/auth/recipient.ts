import type { EgressUpstream } from '@registry-cache/domain';

/** A registry that gets a request, and the credentials for it. */
export interface Recipient {
  /** `https://ghcr.io`. Only answers of this origin are challenges. */
  readonly origin: string;
  /** Upstream that has the login; undefined for anonymous access. */
  readonly loginId: string | undefined;
  /** Hosts of token services whose own logins may be used for it. */
  readonly realms: readonly string[];
}

/**
 * The recipient at a URL: the upstream, or a registry that it redirects to. For such a registry the
 * operator's own login is used, if there is one. An upstream that clients may name gets no login.
 */
export function recipientAt(
  upstream: EgressUpstream,
  upstreamAt: (url: URL, repository: string) => EgressUpstream | undefined,
  url: URL,
  repository: string,
): Recipient {
  const { origin } = url;
  if (origin === new URL(upstream.url).origin) return recipientOf(upstream, origin);
  const other = upstream.isGuarded === true ? undefined : upstreamAt(url, repository);
  return other === undefined
    ? { origin, loginId: undefined, realms: [] }
    : recipientOf(other, origin);
}

function recipientOf({ id, realms }: EgressUpstream, origin: string): Recipient {
  return { origin, loginId: id, realms };
}

/** The repository in a URL of a registry. Undefined if the URL is not one of the API. */
export function repositoryOf({ pathname }: URL): string | undefined {
  return /^\/v2\/(.+)\/(?:(?:manifests|blobs|referrers)\/[^/]+|tags\/list)$/.exec(pathname)?.[1];
}
