import { runOrThrow } from '../run-command.ts';

const TRIES = 3;

/**
 * Runs a podman command that ends containers, such as `rm -f`. If a container ends by itself at
 * that moment, podman 4 fails but records the end, so a second try succeeds.
 * @throws with podman's message on any other failure, and if the second try fails.
 */
export async function endByPodman(...argv: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await runOrThrow('podman', argv);
      return;
    } catch (error) {
      const hasEnded = /container state improper: (stopped|exited)/.test(String(error));
      if (!hasEnded || attempt === TRIES) throw error;
    }
  }
}
