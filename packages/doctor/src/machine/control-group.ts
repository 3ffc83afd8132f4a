import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ControlGroup {
  readonly version: 1 | 2 | undefined;
  readonly killed: number | undefined;
  readonly maxProcesses: number | undefined;
}

/** The control group of this container, in either version of the interface. */
export async function readControlGroup(root = '/sys/fs/cgroup'): Promise<ControlGroup> {
  const read = (path: string) => readFile(join(root, path), 'utf8').catch(() => undefined);
  const controllers = await read('cgroup.controllers');
  if (controllers !== undefined) {
    const [events, processes] = await Promise.all([read('memory.events'), read('pids.max')]);
    return { version: 2, killed: findKilled(events), maxProcesses: toNumber(processes) };
  }
  const [control, processes] = await Promise.all([
    read('memory/memory.oom_control'),
    read('pids/pids.max'),
  ]);
  const version = control === undefined ? undefined : 1;
  return { version, killed: findKilled(control), maxProcesses: toNumber(processes) };
}

function findKilled(text: string | undefined): number | undefined {
  return toNumber(/^oom_kill (\d+)$/m.exec(text ?? '')?.[1]);
}

/** `max` is no limit. */
function toNumber(text: string | undefined): number | undefined {
  return /^\d+\s*$/.test(text ?? '') ? Number(text) : undefined;
}
