import { type CommandResult, runCommand } from '../run-command.ts';

const TRIES = 3;

/**
 * Runs a podman command that ends containers, such as `rm -f`. Where one ends by itself just as
 * it is to be killed, podman 4 fails, but has noted that it ended: asked once more, it is content.
 * @throws with what podman said, when it keeps to it or says something else.
 */
export async function endByPodman(...argv: readonly string[]): Promise<void> {
  let result: CommandResult | undefined;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    result = await runCommand('podman', argv);
    if (result.exitCode === 0) return;
    if (!/container state improper: (stopped|exited)/.test(result.stderr)) break;
  }
  throw new Error(`podman ${argv.join(' ')}: exit code ${result?.exitCode}\n${result?.stderr}`);
}
