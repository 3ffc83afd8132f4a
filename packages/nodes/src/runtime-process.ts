import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A process of the node, seen with its process table (`hostPID`). */
interface RuntimeProcess {
  readonly pid: number;
  /** Its number and its start: no later process has both. */
  readonly id: string;
}

/**
 * Lets the processes of that name read their configuration anew (SIGHUP).
 *
 * @throws if there is none: without it the change has no effect.
 */
export async function hangUp(name: string): Promise<void> {
  const found = await findProcesses(name);
  if (found.length === 0) throw new Error(`no process is called ${name}; it was not reloaded`);
  for (const { pid } of found) process.kill(pid, 'SIGHUP');
}

/** Restarts containerd by the node's systemd. Returns the id of the new process. */
export async function restartContainerd(): Promise<string> {
  await run('nsenter', ['--target', '1', '--mount', '--', 'systemctl', 'restart', 'containerd']);
  return await findContainerd();
}

/** The id of the containerd that runs; empty if there is none. */
export async function findContainerd(): Promise<string> {
  const [found] = await findProcesses('containerd');
  return found?.id ?? '';
}

async function findProcesses(name: string): Promise<RuntimeProcess[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(pids.map((pid) => readProcess(pid, name)));
  return found.filter((one) => one !== undefined);
}

/** By proc(5): the name is in parentheses, and the start is the 20th field behind it. */
async function readProcess(pid: string, name: string): Promise<RuntimeProcess | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const end = stat.lastIndexOf(')');
  if (stat.slice(stat.indexOf('(') + 1, end) !== name) return undefined;
  const start = stat.slice(end + 2).split(' ')[19];
  return { pid: Number(pid), id: `${pid}:${start}` };
}
