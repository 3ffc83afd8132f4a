/** A way to pull an image. */
export interface PullCommand {
  readonly client: string;
  readonly command: string;
}

/**
 * The commands that pull an image through the cache.
 *
 * @param address host and port of the cache.
 * @param image as people write it: `quay.io/team/app:v1`.
 */
export function formatPullCommands(address: string, image: string): PullCommand[] {
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
