import type { Logger } from '@registry-cache/runtime';

/** Says once for each group that an issuer claims it in vain. The rules have few groups. */
export function tellVainClaims(log: Logger): (group: string) => void {
  const told = new Set<string>();
  return (group) => {
    if (told.has(group)) return;
    told.add(group);
    log.warn(
      { group },
      'a token claims a group that access.groups defines; only the users that it lists are in it',
    );
  };
}
