import { type Appliance, runCommand } from '@registry-cache/testbed';
import { alternate } from './alternate.ts';

/** For work that takes minutes on a slow machine. */
export const LONG = { timeoutMs: 600_000 };

/** The medians of the seconds of each side, which take turns. */
export async function timeBoth(sides: {
  readonly ours: () => Promise<void>;
  readonly theirs: () => Promise<void>;
}): Promise<[number, number]> {
  const [ours, theirs] = await alternate([sides.ours, sides.theirs], async (work) => {
    const startedAt = performance.now();
    await work();
    return { seconds: (performance.now() - startedAt) / 1000 };
  });
  return [ours?.seconds ?? Number.NaN, theirs?.seconds ?? Number.NaN];
}

/** Runs a program in the container. @throws with its standard error if it fails. */
export async function runInside({ id }: Appliance, ...argv: string[]): Promise<void> {
  const { exitCode, stderr } = await runCommand('podman', ['exec', id, ...argv], LONG);
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: exit code ${exitCode}\n${stderr}`);
}
