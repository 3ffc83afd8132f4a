import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { runAtExit } from '../at-exit.ts';
import { runOrThrow } from '../run-command.ts';
import { endByPodman } from './end.ts';
import { OWNER_LABEL } from './leftovers.ts';

export interface TestNetwork extends AsyncDisposable {
  readonly name: string;
  /** This machine's address on it. Upstreams listen there, so that containers reach them. */
  readonly gateway: string;
  close(): Promise<void>;
}

export interface NetworkOptions {
  /** Such as `10.1.2.0/24`. By default podman chooses a free one. */
  readonly subnet?: string;
}

/**
 * Makes a podman bridge network that other machines cannot reach. Traffic between a test's
 * containers and its upstreams stays on it. Needs podman as root: rootless podman has the
 * gateway's address in a separate namespace.
 */
export async function openNetwork({ subnet }: NetworkOptions = {}): Promise<TestNetwork> {
  const name = `registry-cache-test-${randomBytes(4).toString('hex')}`;
  const range = subnet === undefined ? [] : [`--subnet=${subnet}`];
  await runOrThrow('podman', ['network', 'create', '--disable-dns', OWNER_LABEL, ...range, name]);
  const networkRemoved = runAtExit('podman', 'network', 'rm', '-f', name);
  // The bridge and its address exist only while a container is on it. An empty pod has an
  // infrastructure container, which podman builds by itself without an image of ours.
  const pod = await runOrThrow('podman', [
    'pod',
    'create',
    OWNER_LABEL,
    '--name',
    name,
    '--network',
    name,
  ]);
  const podRemoved = runAtExit('podman', 'pod', 'rm', '-f', pod);
  const close = async () => {
    await endByPodman('pod', 'rm', '-f', '-t', '0', pod);
    podRemoved();
    await runOrThrow('podman', ['network', 'rm', '-f', name]);
    networkRemoved();
  };
  try {
    await runOrThrow('podman', ['pod', 'start', pod]);
    const format = '{{.NetworkInterface}} {{range .Subnets}}{{.Gateway}}{{end}}';
    const answer = await runOrThrow('podman', ['network', 'inspect', '--format', format, name]);
    const [bridge = '', gateway = ''] = answer.split(' ');
    await pinHardwareAddress(bridge);
    return { name, gateway, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * A bridge takes the lowest hardware address of its ports, so it changes when a container joins
 * or leaves. Other containers use the old address until their kernels ask again, half a minute
 * later. An address that was set explicitly stays.
 */
async function pinHardwareAddress(bridge: string): Promise<void> {
  const address = await readFile(`/sys/class/net/${bridge}/address`, 'utf8');
  await runOrThrow('ip', ['link', 'set', 'dev', bridge, 'address', address.trim()]);
}
