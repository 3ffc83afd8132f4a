import { type RunPaths, socketPath } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import type { ReloadPlan } from './changes.ts';
import { reloadHaproxy, superviseCtl, untilSocketAccepts } from './programs.ts';

const SOCKET_TIMEOUT_MS = 15_000;

/**
 * Makes a changed configuration take effect with the least disturbance. It goes from the engines
 * outwards, so that a route appears only when its engine is there. Removed engines stop last, when
 * no route leads to them any more.
 */
export async function runReloads(plan: ReloadPlan, run: RunPaths, log: Logger): Promise<void> {
  // Each call starts an interpreter, so one call names all engines. It reads the files anew.
  const started = plan.startEngines.map((id) => `engine-${id}`);
  if (started.length > 0) await superviseCtl(run, 'update', ...started);
  for (const id of plan.startEngines) {
    await untilSocketAccepts(socketPath(run, `engine-${id}`), SOCKET_TIMEOUT_MS);
  }
  if (plan.nginx) {
    await superviseCtl(run, 'signal', 'HUP', 'nginx');
    for (const id of plan.startEngines) {
      await untilSocketAccepts(socketPath(run, `hot-${id}`), SOCKET_TIMEOUT_MS);
    }
  }
  // rsyslog reads its files at a start alone. Its positions and queues go on where they were.
  if (plan.rsyslog) await superviseCtl(run, 'restart', 'rsyslog');
  if (plan.haproxy) await reloadHaproxy(run);
  if (plan.supervisor || plan.stopEngines.length > 0) await superviseCtl(run, 'update');
  log.info({ ...plan }, 'reloaded');
}
