import { once } from 'node:events';
import { execa } from 'execa';
import { type Daemon, startDaemon } from '../registry/daemon.ts';

export interface Namespace {
  /** The outside path of its root. */
  readonly root: string;
  /** The first words of a command that runs in it. */
  readonly enter: readonly string[];
  startDaemon(plan: NamespaceDaemon): Promise<Daemon>;
  /** Ends every daemon in it. All mounts end with the last one. */
  close(): Promise<void>;
}

export interface NamespaceDaemon {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/**
 * Makes an overlay in memory over `lower` the new root, by pivot_root, because podman cannot
 * unpack in a chroot. Clients that mount overlays themselves need another filesystem below.
 */
const ENTER = `
set -e
mount -t tmpfs -o mode=755 none "$1/mnt"
cd "$1/mnt"
mkdir upper work root
mount -t overlay -o "lowerdir=$1,upperdir=upper,workdir=work" overlay root
cd root
for kernel in proc sys dev; do mount --rbind "/$kernel" "$kernel"; done
for folder in run tmp var/tmp var/lib/containers var/lib/containerd var/lib/docker; do
  mkdir -p "$folder"
  mount -t tmpfs -o mode=755 none "$folder"
done
pivot_root . .
umount -l .
cd /
echo entered
exec cat
`;

/**
 * Makes a mount namespace with a copy-on-write view of a root filesystem. Needs root.
 * @param networkOf the pid of a process whose network namespace it takes.
 */
export async function openNamespace(lower: string, networkOf?: number): Promise<Namespace> {
  const network = networkOf === undefined ? [] : ['nsenter', `--target=${networkOf}`, '--net'];
  const [file = '', ...args] = [...network, 'unshare', '--mount', 'sh', '-c', ENTER, 'sh', lower];
  // It runs while its standard input is open, so no longer than this process.
  const holder = execa(file, args, { stdin: 'pipe', reject: false });
  await Promise.race([once(holder.stdout, 'data'), holder]);
  if (holder.nodeChildProcess.exitCode !== null) {
    throw new Error(`no namespace over ${lower}: ${(await holder).stderr}`);
  }
  const pid = String(holder.pid);
  const enter = ['nsenter', `--target=${pid}`, '--net', '--mount', '--root', '--wd'];
  const daemons: Daemon[] = [];
  return {
    root: `/proc/${pid}/root`,
    enter,
    startDaemon: async ({ file, args, env, logFile }) => {
      const [entering = '', ...command] = [...enter, file, ...args];
      const daemon = await startDaemon({
        file: entering,
        args: command,
        env,
        stdoutFile: logFile,
        stderrFile: logFile,
      });
      daemons.push(daemon);
      return daemon;
    },
    close: async () => {
      for (const daemon of daemons.reverse()) await daemon.stop();
      holder.stdin.end();
      await holder;
    },
  };
}
