import { buildHostFile } from './containerd.ts';
import { type ClientPlan, type ClientSetup, caFile, listHosts } from './setup.ts';

const CERTS_D = '/etc/docker/certs.d';

/**
 * docker's mirrors are for Docker Hub only. A docker that keeps its images with containerd obeys
 * hosts.toml for every registry. Docker Hub needs one as well, since such a docker does not look for
 * the mirror's certificate in its folder. An older docker ignores these files: with it, images of
 * other registries need the cache's name before theirs.
 */
export function planDocker(setup: ClientSetup): ClientPlan {
  const url = `https://${setup.address}`;
  const hosts = listHosts(setup);
  const daemon = {
    path: '/etc/docker/daemon.json',
    content: `${JSON.stringify({ 'registry-mirrors': [url] }, undefined, 2)}\n`,
    mode: 0o644,
    sign: JSON.stringify(url),
  };
  return {
    files: [
      ...(setup.isHub ? [daemon] : []),
      caFile(`${CERTS_D}/${setup.address}/ca.crt`, setup),
      ...hosts.map((host) => buildHostFile(CERTS_D, host, setup)),
    ],
    notes: [
      ...(setup.isHub ? ['systemctl reload docker'] : []),
      ...(setup.hasLogin ? [`docker login ${setup.address}`] : []),
      ...(setup.hasLogin && setup.isHub ? [MIRROR_LOGIN] : []),
      ...(setup.hasLogin ? [HOSTS_LOGIN] : []),
    ],
  };
}

/** A docker that keeps its images with containerd reads the login from each hosts.toml. */
const HOSTS_LOGIN =
  'or, where docker keeps its images with containerd, put the login into each hosts.toml, where it says so';

/** `docker login` cannot write it, since it would ask Docker Hub itself whether the login is good. */
const MIRROR_LOGIN =
  'put the login of the cache into ~/.docker/config.json as that of https://index.docker.io/v1/: ' +
  'docker has no other for mirrors';
