import { runOrThrow } from '../run-command.ts';
import { endByPodman } from './end.ts';

const LABEL = 'registry-cache-test-owner';

/** Marks a container, pod or network as this process's. */
export const OWNER_LABEL = `--label=${LABEL}=${process.pid}`;

/**
 * Removes what earlier test runs left behind because they were killed: containers, pods and
 * networks whose owner no longer runs. Others, and everything that is not a test's, stay.
 */
export async function removeLeftovers(): Promise<void> {
  // Pods first: a pod's own container carries its label, and goes with it only.
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
