import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Container, runContainer } from '../appliance/container.ts';
import type { TestNetwork } from '../appliance/network.ts';
import { findClientRoot } from '../machine/client-root.ts';
import { type CommandResult, runOrThrow } from '../run-command.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { until } from '../until.ts';
import {
  formatContainerdConfig,
  NODE_FILES,
  type NodePlan,
  renderNodeFiles,
} from './node-files.ts';
import { KUBERNETES, NETWORK_PLUGINS } from './programs.ts';

/** A node of a cluster: a container with containerd, a kubelet and kube-proxy. */
export interface ClusterNode extends AsyncDisposable {
  readonly name: string;
  /** Its address on the network of the nodes. */
  readonly address: string;
  /** The pid on this machine of its first process: `/proc/<pid>/root` has its files. */
  readonly pid: number;
  /** containerd's own client, in the namespace of Kubernetes. */
  ctr(...args: readonly string[]): Promise<CommandResult>;
  /** Gives it the images of an archive by `podman save`. */
  importImages(archive: string): Promise<void>;
  /** Starts the kubelet and kube-proxy. */
  join(): Promise<void>;
  /** The end of the log of one of its programs. */
  log(program: string): Promise<string>;
}

/** Settings of this machine's kernel that a kubelet would change. The node gets files instead. */
const KERNEL_SETTINGS = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

/** The mounts of an image are visible to the kubelet, and so are those of the kubelet to it. */
const BOOT = `set -e
for setting in ${KERNEL_SETTINGS.join(' ')}; do
  mkdir -p "/run/settings/$(dirname "$setting")"
  cp "/proc/sys/$setting" "/run/settings/$setting"
  mount --bind "/run/settings/$setting" "/proc/sys/$setting"
done
mount --make-rshared /
echo booted >/run/booted
exec sleep infinity`;

/**
 * Starts a node and its containerd, without the kubelet. Everything of it is in one container, so
 * it leaves neither mounts nor networks nor control groups behind.
 */
export async function startNode(network: TestNetwork, plan: NodePlan): Promise<ClusterNode> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await makeTemporaryFolder('node'));
  await writeAll(join(folder.path, 'files'), renderNodeFiles(plan));
  // containerd cannot unpack images on the overlay that is the container's root.
  const volumes = ['/var/lib/containerd', '/var/lib/kubelet', '/var/log/pods'];
  for (const path of volumes) await mkdir(join(folder.path, path), { recursive: true });
  const args = [
    ...['--privileged', '--cgroupns=private', '--init', '--pids-limit=-1'],
    ...[`--network=${network.name}`, `--hostname=${plan.name}`, '--tmpfs=/run', '--tmpfs=/tmp'],
    `--volume=${KUBERNETES}:/opt/kubernetes:ro`,
    `--volume=${NETWORK_PLUGINS}:/opt/cni/bin:ro`,
    `--volume=${folder.path}/files:${NODE_FILES}:ro`,
    ...volumes.map((path) => `--volume=${folder.path}${path}:${path}:rshared`),
    '--rootfs',
  ];
  const root = `${await findClientRoot('sid')}:O`;
  const container = await runContainer(root, args, ['sh', '-c', BOOT]);
  stack.defer(() => container.remove());
  const pid = await container.pid();
  const outside = (path: string) => join(`/proc/${pid}/root`, path);
  await until('the node has booted', async () => (await readFile(outside('/run/booted'))).length);
  await writeAll(outside('/etc/containerd'), { 'config.toml': formatContainerdConfig(plan) });
  await startProgram(container, 'containerd', []);
  const ctr = (...argv: readonly string[]) =>
    container.exec(['ctr', '--namespace=k8s.io', ...argv], { timeoutMs: 180_000 });
  await until('containerd answers', async () => (await ctr('version')).exitCode === 0, {
    timeoutMs: 60_000,
    intervalMs: 500,
  });
  const address = await readAddress(container);
  const running = stack.move();
  return {
    name: plan.name,
    address,
    pid,
    ctr,
    importImages: async (archive) => {
      const file = '/run/images.tar';
      await copyFile(archive, outside(file));
      const { exitCode, stderr } = await ctr('images', 'import', file);
      if (exitCode !== 0) throw new Error(`${plan.name} cannot import images: ${stderr}`);
      await rm(outside(file));
    },
    join: async () => {
      await startProgram(container, '/opt/kubernetes/kubelet', kubeletArguments(plan, address));
      await startProgram(container, '/opt/kubernetes/kube-proxy', [
        `--config=${NODE_FILES}/kube-proxy.json`,
        `--hostname-override=${plan.name}`,
      ]);
    },
    log: async (program) => (await readFile(outside(logOf(program)), 'utf8')).slice(-4000),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function kubeletArguments({ name, credentialProviders }: NodePlan, address: string): string[] {
  return [
    `--config=${NODE_FILES}/kubelet.json`,
    `--kubeconfig=${NODE_FILES}/kubelet.kubeconfig`,
    ...[`--hostname-override=${name}`, `--node-ip=${address}`],
    ...(credentialProviders === undefined
      ? []
      : [
          `--image-credential-provider-config=${NODE_FILES}/credential-providers.yaml`,
          `--image-credential-provider-bin-dir=${NODE_FILES}/credential-providers`,
        ]),
  ];
}

/** Starts a program that ends with the container. */
async function startProgram(
  container: Container,
  program: string,
  args: readonly string[],
): Promise<void> {
  const line = `exec "$0" "$@" >>${logOf(program)} 2>&1`;
  const command = ['sh', '-c', line, program, ...args];
  await runOrThrow('podman', ['exec', '--detach', container.id, ...command]);
}

function logOf(program: string): string {
  return `/var/log/${program.split('/').at(-1)}.log`;
}

async function readAddress({ id }: Container): Promise<string> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  return runOrThrow('podman', ['inspect', '--format', format, id]);
}

/** Programs of the folder `credential-providers` must be executable. */
async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    await chmod(path, 0o755);
  }
}
