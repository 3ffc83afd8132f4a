/** Artifactory's path to the registry API of one of its repositories, behind its reverse proxy. */
const API = /^artifactory\/api\/docker(?:\/|$)/;
const PAGE = /^artifactory(?:\/|$)/;

/**
 * The repository that a path of Artifactory names: `docker` of `artifactory/docker`, or of
 * `artifactory/api/docker/docker/v2`. Empty for all repositories; undefined for any other path.
 * Images are named `x.jfrog.io/docker/NAME`, without `artifactory`. `host` and `path` are in lower
 * case.
 * Source: JFrog, "Docker Repository URL Formats", method of the repository path.
 */
export function readArtifactoryPath(host: string, path: string): string | undefined {
  const isHosted = host.replace(/:443$/, '').endsWith('.jfrog.io');
  const prefix = API.exec(path) ?? (isHosted ? PAGE.exec(path) : null);
  return prefix === null ? undefined : path.slice(prefix[0].length).replace(/(?:^|\/)v[12]$/, '');
}
