import { runOrThrow } from '../run-command.ts';

const TRIES = 3;

/**
 * Runs a podman command that ends containers, such as `rm -f`. Where one ends by itself just as
 * it is to be killed, podman 4 fails, but has noted that it ended: asked once more, it is content.
 * @throws with what podman said, when it keeps to it or says something else.
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
