import type { Logger } from '@registry-cache/runtime';
import type { Model } from '../model/build.ts';

/**
 * Says at a start that the operator's credentials are at the service of anybody: whoever reaches
 * the port pulls what they open, and nobody is asked for a login.
 */
export function reportOpenCredentials(
  { upstreams, htpasswd }: Pick<Model, 'upstreams' | 'htpasswd'>,
  log: Logger,
): void {
  if (htpasswd !== undefined) return;
  const opened = upstreams
    .filter(({ credential }) => credential !== undefined)
    .map(({ key }) => key);
  if (opened.length === 0) return;
  const hint =
    'set REGISTRY_AUTH=htpasswd, or let only those reach the port who may pull from them';
  log.warn({ upstreams: opened, hint }, 'anybody who reaches the port pulls with your credentials');
}
