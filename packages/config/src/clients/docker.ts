import { DOCKER_HUB } from '../pull-secret/key.ts';
import { buildHostFile } from './containerd.ts';
import { type ClientPlan, type ClientSetup, caFile, listHosts } from './setup.ts';

const CERTS_D = '/etc/docker/certs.d';

/**
 * docker's mirrors are for Docker Hub only. For other registries a docker that keeps its images
 * with containerd obeys hosts.toml; an older one passes over these files, and images need the
 * cache's name before theirs.
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
      ...hosts
        .filter((host) => host !== DOCKER_HUB)
        .map((host) => buildHostFile(CERTS_D, host, setup)),
    ],
    notes: [
      ...(setup.isHub ? ['systemctl reload docker'] : []),
      ...(setup.hasLogin ? [`docker login ${setup.address}`] : []),
      ...(setup.hasLogin && setup.isHub ? [MIRROR_LOGIN] : []),
    ],
  };
}

/** `docker login` cannot write it, since Docker Hub itself would be asked whether it is good. */
const MIRROR_LOGIN =
  'put the login of the cache into ~/.docker/config.json as that of https://index.docker.io/v1/: ' +
  'docker has no other for mirrors';
