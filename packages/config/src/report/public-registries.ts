import type { Logger } from '@registry-cache/runtime';
import type { Model } from '../model/build.ts';
import { EDGE_PORT } from '../settings/edge-port.ts';

/**
 * Logs at a start without a pull secret, in three lines: the registries that are served, where
 * clients pull from them, and how to add a pull secret.
 */
export function reportPublicRegistries(
  { isPublic, upstreams, settings }: Pick<Model, 'isPublic' | 'upstreams' | 'settings'>,
  log: Logger,
): void {
  if (!isPublic) return;
  const registries = upstreams.map(({ key }) => key);
  const image = `localhost:${EDGE_PORT}/quay.io/podman/hello:latest`;
  const path = settings.PULLSECRETPATH;
  const mount = `podman run --volume /opt/registry/pull-secret.json:${path}:ro,z`;
  // AUTH_REGISTRIES may have some. Another line warns of them.
  const hasCredentials = upstreams.some(({ credential }) => credential !== undefined);
  const message = 'no pull secret: public registries are served';
  log.info({ registries }, hasCredentials ? message : `${message}, without credentials`);
  log.info(
    { port: EDGE_PORT, image },
    'clients pull from this port, by names such as this image has',
  );
  log.info({ path, mount }, 'mount a pull secret for credentials and for other registries');
}
