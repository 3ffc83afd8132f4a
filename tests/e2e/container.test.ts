import { endByPodman, imageName, runContainer } from '@registry-cache/testbed';
import { expect, it } from 'vitest';

// Of the test bed itself: a test must not fail by the moment at which it clears away.

it.each([0.85, 0.9, 0.95])(
  'a container that ends by itself %d s after it was asked to is removed with 1 s of grace',
  async (seconds) => {
    const script = `trap 'sleep ${seconds}; exit' TERM; echo ready; while :; do sleep 0.02; done`;
    const container = await runContainer(imageName(), ['--entrypoint=/bin/sh'], ['-c', script]);
    try {
      await expect.poll(() => container.logs()).toContain('ready');
      await endByPodman('rm', '-f', '-t', '1', container.id);
      await expect(container.isRunning()).rejects.toThrow('no such object');
    } finally {
      await container.remove();
    }
  },
);
