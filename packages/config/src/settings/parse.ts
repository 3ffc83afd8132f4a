import { accept, type Issue, type Parsed, reject } from '@registry-cache/domain';
import { applyAliases } from './aliases/apply.ts';
import type { MountedStores } from './aliases/store.ts';
import { findListenerIssues } from './listeners.ts';
import { findPeerIssues } from './peers.ts';
import { findProxyIssues } from './proxies.ts';
import { SETTINGS, type Settings, type SettingValues } from './table.ts';
import { completeTagVariables } from './tables/tags.ts';
import type { Setting } from './values/setting.ts';

/**
 * Every setting from the environment, or all issues at once.
 *
 * @param mounted - The folder of another cache that is mounted in place of our own store.
 */
export function parseSettings(
  environment: NodeJS.ProcessEnv,
  mounted: MountedStores = { store: undefined, unused: [] },
): Parsed<Settings> {
  const values: Record<string, unknown> = {};
  const aliases = applyAliases(environment, mounted);
  const complete = completeTagVariables(aliases.environment);
  const issues: Issue[] = [...findProxyIssues(environment), ...aliases.issues];
  for (const [name, setting] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const parsed = setting.parse(name, complete[name] ?? setting.default);
    if (parsed.ok) values[name] = parsed.value;
    else issues.push(...parsed.issues);
  }
  issues.push(...findListenerIssues(values), ...findPeerIssues(values));
  if (values.PROXY_PROTOCOL === true && (complete.TRUSTED_PROXIES ?? '').trim() === '') {
    const accepted = 'the networks that PROXY_PROTOCOL=true expects it from';
    issues.push({ path: 'TRUSTED_PROXIES', found: 'nothing', accepted });
  }
  return issues.length > 0
    ? reject(...issues)
    : accept({
        ...(values as SettingValues),
        isPullSecretPathSet: environment.PULLSECRETPATH !== undefined,
        aliases: { taken: aliases.taken, left: aliases.left },
      });
}

/**
 * `REGISTRY_*` variables that no program reads. Distribution would take each for a setting of its
 * own, so engines do not get them, and the operator should know.
 */
export function findStrayVariables(environment: NodeJS.ProcessEnv): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('REGISTRY_') && !(name in SETTINGS))
    .sort();
}
