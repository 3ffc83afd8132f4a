import type { EgressUpstream } from '@registry-cache/domain';

/** A registry that is asked, and whose credentials count there. */
export interface Party {
  /** `https://ghcr.io`: only answers of this origin are challenges. */
  readonly origin: string;
  /** Upstream whose login is its own; undefined for an anonymous one. */
  readonly loginId: string | undefined;
  /** Hosts of token services whose own logins count for it. */
  readonly realms: readonly string[];
}

/**
 * Who is asked at a URL: the upstream itself, or a registry that it redirects to. That one's own
 * login counts there if the operator has one. What a client may name leads to nobody's login.
 */
export function partyAt(
  upstream: EgressUpstream,
  upstreamAt: (url: URL, repository: string) => EgressUpstream | undefined,
  url: URL,
  repository: string,
): Party {
  const { origin } = url;
  if (origin === new URL(upstream.url).origin) return partyOf(upstream, origin);
  const other = upstream.isGuarded === true ? undefined : upstreamAt(url, repository);
  return other === undefined ? { origin, loginId: undefined, realms: [] } : partyOf(other, origin);
}

function partyOf({ id, realms }: EgressUpstream, origin: string): Party {
  return { origin, loginId: id, realms };
}

/** The repository that a registry's URL is about; undefined for what is no URL of the API. */
export function repositoryOf({ pathname }: URL): string | undefined {
  return /^\/v2\/(.+)\/(?:(?:manifests|blobs|referrers)\/[^/]+|tags\/list)$/.exec(pathname)?.[1];
}
