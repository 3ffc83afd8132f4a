import { runOrThrow } from '../run-command.ts';
import { endByPodman } from './end.ts';

const LABEL = 'registry-cache-test-owner';

/** Marks a container, pod or network as owned by this process. */
export const OWNER_LABEL = `--label=${LABEL}=${process.pid}`;

/**
 * Removes the leftovers of test runs that were killed: containers, pods and networks whose owner
 * no longer runs. Those of running tests and of others stay.
 */
export async function removeLeftovers(): Promise<void> {
  // Pods come first: the container of a pod has its label, and is only removed together with it.
  await removeEach(['pod', 'ps', '--noheading'], ['pod', 'rm', '-f', '-t', '0'], '{{.ID}}');
  await removeEach(['ps', '--all', '--noheading'], ['rm', '-f', '-t', '0'], '{{.ID}}');
  await removeEach(['network', 'ls', '--noheading'], ['network', 'rm', '-f'], '{{.Name}}');
}

async function removeEach(list: string[], remove: string[], id: string): Promise<void> {
  const format = `--format=${id} {{.Labels}}`;
  const found = await runOrThrow('podman', [...list, `--filter=label=${LABEL}`, format]);
  for (const line of found.split('\n')) {
    const owner = new RegExp(`${LABEL}[=:](\\d+)`).exec(line)?.[1];
    const [name] = line.split(' ');
    if (name && owner !== undefined && !isRunning(Number(owner))) {
      await endByPodman(...remove, name);
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
