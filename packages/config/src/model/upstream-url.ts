/** Where a registry is asked, and what its repositories begin with there. */
export interface UpstreamPlace {
  readonly origin: string;
  /** `docker-remote` of `https://artifactory.example.com/docker-remote`; empty for none. */
  readonly repositoryPrefix: string;
}

/** Takes apart a URL that the policy accepts. `/v2` at the front of its path is the API's root. */
export function splitUpstreamUrl(url: string): UpstreamPlace {
  const { origin, pathname } = new URL(url);
  const path = pathname.replace(/^\/+|\/+$/g, '');
  return { origin, repositoryPrefix: path.replace(/^v2(?:\/|$)/, '') };
}
