import type { RenderedTree } from '../render/file.ts';

/** The difference between the running configuration and the next one. */
export interface Changes {
  /** Paths to write, new and changed. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

export function findChanges(current: RenderedTree, next: RenderedTree): Changes {
  const written = [...next].filter(([path, file]) => current.get(path)?.content !== file.content);
  return {
    written: written.map(([path]) => path),
    removed: [...current.keys()].filter((path) => !next.has(path)),
  };
}

/** The programs to tell of a change. Workers read their own changed files by themselves. */
export interface ReloadPlan {
  readonly haproxy: boolean;
  readonly nginx: boolean;
  readonly rsyslog: boolean;
  /** Whether supervisord's own file changed: a program other than an engine came or went. */
  readonly supervisor: boolean;
  /** Upstream ids of engines to start or restart, and of engines to stop. */
  readonly startEngines: readonly string[];
  readonly stopEngines: readonly string[];
}

export function planReloads({ written, removed }: Changes): ReloadPlan {
  const all = [...written, ...removed];
  return {
    haproxy: all.some((path) => path.startsWith('etc/haproxy/')),
    nginx: all.includes('etc/nginx.conf'),
    rsyslog: all.some((path) => path.startsWith('etc/rsyslog/')),
    supervisor: all.includes('etc/supervisor/supervisord.conf'),
    startEngines: engineIds(written),
    stopEngines: engineIds(removed),
  };
}

function engineIds(paths: readonly string[]): string[] {
  return paths.flatMap((path) => /^etc\/supervisor\/engines\/(.+)\.conf$/.exec(path)?.[1] ?? []);
}

/** Both plans in one. Where they differ about an engine, the later plan counts. */
export function mergePlans(earlier: ReloadPlan, later: ReloadPlan): ReloadPlan {
  const without = (ids: readonly string[], others: readonly string[]) =>
    ids.filter((id) => !others.includes(id));
  const join = (one: readonly string[], other: readonly string[]) => [
    ...new Set([...one, ...other]),
  ];
  return {
    haproxy: earlier.haproxy || later.haproxy,
    nginx: earlier.nginx || later.nginx,
    rsyslog: earlier.rsyslog || later.rsyslog,
    supervisor: earlier.supervisor || later.supervisor,
    startEngines: join(without(earlier.startEngines, later.stopEngines), later.startEngines),
    stopEngines: join(without(earlier.stopEngines, later.startEngines), later.stopEngines),
  };
}
