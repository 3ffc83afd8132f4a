/** The name of an image by its upstream's key, which may end in a namespace of the repository. */
export function imageOf(upstreamKey: string, repository: string): string {
  return `${upstreamKey.split('/', 1)[0]}/${repository}`;
}
