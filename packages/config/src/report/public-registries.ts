import type { Logger } from '@registry-cache/runtime';
import type { Model } from '../model/build.ts';
import { hasCredentials } from '../model/realms.ts';
import { EDGE_PORT } from '../settings/edge-port.ts';

/**
 * Logs at a start without a pull secret, in three lines: the registries that are served, where
 * clients pull from them, and how to add a pull secret.
 */
export function reportPublicRegistries(
  {
    isPublic,
    upstreams,
    hostLogins,
    settings,
  }: Pick<Model, 'isPublic' | 'upstreams' | 'hostLogins' | 'settings'>,
  log: Logger,
): void {
  if (!isPublic) return;
  const registries = upstreams.map(({ key }) => key);
  const image = `localhost:${EDGE_PORT}/quay.io/podman/hello:latest`;
  const path = settings.PULLSECRETPATH;
  const mount = `podman run --volume /opt/registry/pull-secret.json:${path}:ro,z`;
  // AUTH_REGISTRIES may have some. Another line warns of them.
  const isAnonymous = !upstreams.some((upstream) => hasCredentials(upstream, hostLogins));
  const message = 'no pull secret: public registries are served';
  log.info({ registries }, isAnonymous ? `${message}, without credentials` : message);
  log.info({ port: EDGE_PORT, image }, 'images have the address of the cache before their names');
  log.info({ path, mount }, 'mount a pull secret for credentials and for other registries');
}
