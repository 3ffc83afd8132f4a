import { readArtifactoryPath } from '../pull-secret/artifactory.ts';

/** Where a registry is asked, and what its repositories begin with there. */
export interface UpstreamPlace {
  readonly origin: string;
  /** `docker-remote` of `https://artifactory.example.com/docker-remote`; empty for none. */
  readonly repositoryPrefix: string;
}

/**
 * Takes apart a URL that the policy accepts. `/v2` at the front of its path is the API's root. Artifactory's
 * own form, with the repository before `/v2`, names that repository as well.
 */
export function splitUpstreamUrl(url: string): UpstreamPlace {
  const { origin, hostname, pathname } = new URL(url);
  const path = pathname.replace(/^\/+|\/+$/g, '');
  const below = path.replace(/^v2(?:\/|$)/, '');
  return { origin, repositoryPrefix: readArtifactoryPath(hostname, below) ?? below };
}
