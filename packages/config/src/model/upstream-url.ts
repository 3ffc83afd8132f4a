import { readArtifactoryPath } from '../pull-secret/artifactory.ts';

/** The address of a registry, and the prefix of its repositories there. */
export interface UpstreamPlace {
  readonly origin: string;
  /** `docker-remote` of `https://artifactory.example.com/docker-remote`; empty for none. */
  readonly repositoryPrefix: string;
}

/**
 * Takes apart a URL that the policy accepts. `/v2` at the start of its path is the API's root. A URL
 * in Artifactory's own form, with the repository before `/v2`, names that repository as well.
 */
export function splitUpstreamUrl(url: string): UpstreamPlace {
  const { origin, hostname, pathname } = new URL(url);
  const path = pathname.replace(/^\/+|\/+$/g, '');
  const below = path.replace(/^v2(?:\/|$)/, '');
  return { origin, repositoryPrefix: readArtifactoryPath(hostname, below) ?? below };
}
