import type { RenderedTree } from '../render/file.ts';

/** What differs between the configuration that runs and the next one. */
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

/** What has to be told of a change. Workers read their own files again when they change. */
export interface ReloadPlan {
  readonly haproxy: boolean;
  readonly nginx: boolean;
  /** supervisord's own file: a program other than an engine came or went. */
  readonly supervisor: boolean;
  /** Engines to start or to start anew, and to stop, by upstream id. */
  readonly startEngines: readonly string[];
  readonly stopEngines: readonly string[];
}

export function planReloads({ written, removed }: Changes): ReloadPlan {
  const all = [...written, ...removed];
  return {
    haproxy: all.some((path) => path.startsWith('etc/haproxy/')),
    nginx: all.includes('etc/nginx.conf'),
    supervisor: all.includes('etc/supervisor/supervisord.conf'),
    startEngines: engineIds(written),
    stopEngines: engineIds(removed),
  };
}

function engineIds(paths: readonly string[]): string[] {
  return paths.flatMap((path) => /^etc\/supervisor\/engines\/(.+)\.conf$/.exec(path)?.[1] ?? []);
}

/** Both plans in one; where they differ about an engine, the later one counts. */
export function mergePlans(earlier: ReloadPlan, later: ReloadPlan): ReloadPlan {
  const without = (ids: readonly string[], others: readonly string[]) =>
    ids.filter((id) => !others.includes(id));
  const join = (one: readonly string[], other: readonly string[]) => [
    ...new Set([...one, ...other]),
  ];
  return {
    haproxy: earlier.haproxy || later.haproxy,
    nginx: earlier.nginx || later.nginx,
    supervisor: earlier.supervisor || later.supervisor,
    startEngines: join(without(earlier.startEngines, later.stopEngines), later.startEngines),
    stopEngines: join(without(earlier.stopEngines, later.startEngines), later.stopEngines),
  };
}
