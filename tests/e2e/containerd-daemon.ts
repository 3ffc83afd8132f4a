import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CommandResult,
  type Daemon,
  makeTemporaryFolder,
  runCommand,
  startDaemon,
  until,
} from '@registry-cache/testbed';

/** A containerd for one test, driven by `ctr`. */
export interface Containerd extends AsyncDisposable {
  /** Sets the `hosts.toml` of a registry (`_default` for all), from the next pull on. */
  setHosts(registry: string, toml: string): Promise<void>;
  pull(reference: string): Promise<CommandResult>;
  /** Removes an image and all of its content. */
  remove(reference: string): Promise<void>;
}

/**
 * @param authorities PEM of the authorities to trust where no hosts.toml names others.
 * @param hostsDir The folder of the hosts.toml files; by default one of its own.
 */
export async function startContainerd(authorities: string, hostsDir?: string): Promise<Containerd> {
  const folder = await makeTemporaryFolder('containerd');
  const at = (...parts: string[]) => join(folder.path, ...parts);
  const hosts = hostsDir ?? at('certs.d');
  await writeFile(at('authorities.pem'), authorities);
  await writeFile(at('config.toml'), formatConfig(folder.path));
  const daemon = await startDaemon({
    file: 'containerd',
    args: ['-c', at('config.toml')],
    env: { PATH: process.env.PATH ?? '' },
    stdoutFile: at('out.log'),
    stderrFile: at('err.log'),
  });
  const ctr = (...args: string[]) =>
    runCommand('ctr', ['--address', at('c.sock'), ...args], {
      env: { SSL_CERT_FILE: at('authorities.pem') },
    });
  const close = async () => {
    await daemon.stop();
    await folder.remove();
  };
  try {
    await untilAnswers(daemon, () => ctr('version'));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async setHosts(registry, toml) {
      await mkdir(join(hosts, registry), { recursive: true });
      await writeFile(join(hosts, registry, 'hosts.toml'), toml);
    },
    pull: (reference) =>
      // The native snapshotter works on any filesystem.
      ctr('images', 'pull', '--snapshotter', 'native', '--hosts-dir', hosts, reference),
    remove: async (reference) => void (await ctr('images', 'rm', '--sync', reference)),
    [Symbol.asyncDispose]: close,
  };
}

async function untilAnswers(daemon: Daemon, ask: () => Promise<CommandResult>): Promise<void> {
  await until('containerd answers', async () => {
    if (!daemon.isAlive()) throw new Error('containerd has ended');
    return (await ask()).exitCode === 0;
  });
}

function formatConfig(path: string): string {
  return `
version = 2
root = "${path}/root"
state = "${path}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "${path}/c.sock"
[ttrpc]
  address = "${path}/c.sock.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
  path = "${path}/opt"
`;
}
