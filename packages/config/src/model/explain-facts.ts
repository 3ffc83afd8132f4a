import type { ExplainFacts } from '@registry-cache/domain';
import { buildOpenAccess } from './access.ts';
import type { Model } from './build.ts';
import { hasLogin } from './has-login.ts';
import { listUsers } from './list-users.ts';

type Explained = Pick<
  Model,
  'access' | 'htpasswd' | 'issuers' | 'settings' | 'trust' | 'upstreams'
>;

/** What a program needs that explains the rights of clients. It has names of users, and no secret. */
export function describeExplainFacts(model: Explained): ExplainFacts {
  const { access, upstreams, settings, trust = [] } = model;
  const hasLogins = hasLogin(model);
  const open = buildOpenAccess(upstreams, hasLogins);
  const users = listUsers(model);
  return {
    hasLogins,
    ...(users !== undefined && { users }),
    htpasswdFile: settings.REGISTRY_AUTH_HTPASSWD_PATH,
    ...(access !== undefined && { access }),
    ...(open !== undefined && { open }),
    enforced: trust
      .filter(({ mode }) => mode === 'enforce')
      .map(({ number, images }) => ({ number, images })),
  };
}
