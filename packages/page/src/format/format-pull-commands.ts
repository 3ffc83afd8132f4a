/** A way to pull an image. */
export interface PullCommand {
  readonly client: string;
  readonly command: string;
}

/** A registry, a repository, and a tag or digest: nothing that a shell would take for more. */
const IMAGE = /^[\w.:[\]-]+(?:\/[\w.-]+)+(?::[\w.-]+)?(?:@sha\d+:[0-9a-f]+)?$/;

/**
 * The commands that pull an image through the cache; none for a text that is no name of an image. A
 * link of somebody else may have that, and people paste these commands into a shell.
 *
 * @param address host and port of the cache.
 * @param image as people write it: `quay.io/team/app:v1`.
 */
export function formatPullCommands(address: string, image: string): PullCommand[] {
  if (!IMAGE.test(image)) return [];
  const name = `${address}/${nameAtCache(image)}`;
  return [
    { client: 'podman', command: `podman pull ${name}` },
    { client: 'docker', command: `docker pull ${name}` },
    {
      client: 'containerd',
      command: `ctr images pull --hosts-dir /etc/containerd/certs.d ${name}`,
    },
    { client: 'Kubernetes', command: `image: ${name}` },
  ];
}

/** A path cannot have a colon, so a registry's port follows an underscore there. */
function nameAtCache(image: string): string {
  const [registry = '', ...path] = image.split('/');
  return [registry.replace(':', '_'), ...path].join('/');
}
