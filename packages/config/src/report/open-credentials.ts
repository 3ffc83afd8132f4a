import type { Logger } from '@registry-cache/runtime';
import type { Model } from '../model/build.ts';
import { hasLogin } from '../model/has-login.ts';
import { hasCredentials } from '../model/realms.ts';
import { mayAskForMore } from '../on-demand/allowed.ts';

/**
 * Logs at a start that anybody can use the operator's credentials: without a login, any client that
 * reaches the port may pull the images that they open.
 */
export function reportOpenCredentials(
  model: Pick<
    Model,
    'upstreams' | 'hostLogins' | 'htpasswd' | 'issuers' | 'settings' | 'onDemandKeys'
  >,
  log: Logger,
): void {
  if (hasLogin(model)) return;
  const opened = model.upstreams
    // Where the registry decides by itself, a login of its own is needed.
    .filter(({ triesLogins }) => !triesLogins)
    .filter((upstream) => hasCredentials(upstream, model.hostLogins))
    .map(({ key }) => key);
  if (mayAskForMore(model)) {
    const open = model.onDemandKeys.filter(({ login }) => login !== undefined);
    opened.push(...open.map(({ host }) => host));
  }
  if (opened.length === 0) return;
  const hint =
    'set REGISTRY_AUTH=htpasswd, or let only those reach the port who may pull from them';
  log.warn({ upstreams: opened, hint }, 'anybody who reaches the port pulls with your credentials');
}
