import { findIdleOperators, findIdleParts, type ImagePattern } from '@registry-cache/access';
import { formatNotice, type Notice } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import type { Model } from '../model/build.ts';
import { listUsers } from '../model/list-users.ts';
import { listAllowed, mayAskForMore } from '../on-demand/allowed.ts';

type Ruled = Pick<
  Model,
  | 'access'
  | 'operators'
  | 'htpasswd'
  | 'issuers'
  | 'settings'
  | 'upstreams'
  | 'hosted'
  | 'onDemandKeys'
>;

/** Logs parts of the rules of access that count for nothing. */
export function reportAccess(model: Ruled, log: Logger): void {
  const notices = findAccessNotices(model);
  if (notices.length === 0) return;
  log.warn(
    { notices: notices.map(formatNotice) },
    'parts of the rules of access count for nothing',
  );
}

/** Rules of access that can never count, and names in them that nobody has. */
export function findAccessNotices(model: Ruled): Notice[] {
  const facts = { served: listServed(model), users: listUsers(model) };
  const parts = [
    ...(model.access === undefined ? [] : findIdleParts(model.access, facts)),
    ...findIdleOperators(model.operators, facts.users),
  ];
  return parts.map(({ path, ...part }) => {
    return { path: `${model.settings.POLICYPATH} access.${path}`, ...part };
  });
}

/** Patterns for all images that are served, or may be on demand. */
function listServed(model: Ruled): ImagePattern[] {
  const { upstreams, hosted } = model;
  const onDemand = mayAskForMore(model) ? listAllowed(model) : [];
  return [...upstreams.map(({ key }) => key), ...(hosted?.names ?? []), ...onDemand].map((name) => {
    return { parts: [...name.split('/'), '**'], tag: undefined };
  });
}
