import { readFile } from 'node:fs/promises';
import {
  endByPodman,
  imageName,
  openNetwork,
  runContainer,
  runOrThrow,
} from '@registry-cache/testbed';
import { expect, it } from 'vitest';

// These test the testbed itself: the start and end of containers must not depend on the moment.

it.each([0.85, 0.9, 0.95])(
  'a container that ends %d s after the signal is removed with 1 s of grace',
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

it('a test network keeps its hardware address while containers come and go', async () => {
  await using network = await openNetwork();
  const format = '{{.NetworkInterface}}';
  const bridge = await runOrThrow('podman', [
    'network',
    'inspect',
    '--format',
    format,
    network.name,
  ]);
  const readAddress = () => readFile(`/sys/class/net/${bridge}/address`, 'utf8');
  const address = await readAddress();
  const others = [];
  try {
    // The lowest address would win. With nine containers the first has it once in nine runs.
    for (let count = 0; count < 8; count += 1) {
      const args = [`--network=${network.name}`, '--entrypoint=/bin/sleep'];
      others.push(await runContainer(imageName(), args, ['60']));
      expect(await readAddress()).toBe(address);
    }
  } finally {
    for (const other of others) await other.remove();
  }
  expect(await readAddress()).toBe(address);
});
