import { randomBytes } from 'node:crypto';
import { runOrThrow } from '@registry-cache/testbed';
import { runAtExit } from '../../../packages/testbed/src/at-exit.ts';

export interface PrivateImage extends AsyncDisposable {
  readonly reference: string;
}

/**
 * Makes the same image with one layer of its own. Containers of one image share the pages of its
 * programs, and each counts only its part of them. With other containers of the image the
 * appliance would look smaller than it is.
 */
export async function makePrivateImage(image: string): Promise<PrivateImage> {
  const reference = `localhost/registry-cache-bench:${randomBytes(4).toString('hex')}`;
  const build = ['build', '--squash-all', '--pull=never', '--quiet', '--tag', reference, '-'];
  await runOrThrow('podman', build, { input: `FROM ${image}\n`, timeoutMs: 300_000 });
  const removed = runAtExit('podman', 'rmi', reference);
  return {
    reference,
    [Symbol.asyncDispose]: async () => {
      await runOrThrow('podman', ['rmi', reference]);
      removed();
    },
  };
}
