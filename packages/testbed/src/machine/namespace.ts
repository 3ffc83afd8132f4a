import { once } from 'node:events';
import { execa } from 'execa';
import { type Daemon, startDaemon } from '../registry/daemon.ts';

export interface Namespace {
  /** Where its files are seen from outside. */
  readonly root: string;
  /** The beginning of a command that shall run in it. */
  readonly enter: readonly string[];
  startDaemon(plan: NamespaceDaemon): Promise<Daemon>;
  /** Ends every daemon in it; with the last one all mounts are gone. */
  close(): Promise<void>;
}

export interface NamespaceDaemon {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/**
 * An overlay in memory over `lower` as the new root: pivot_root, since in a plain chroot podman
 * cannot unpack. Clients that mount overlays themselves need another filesystem below them.
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

/** Makes a mount namespace with a copy-on-write view of a root filesystem. Needs root. */
export async function openNamespace(lower: string): Promise<Namespace> {
  // It lives for as long as its standard input is open: at the longest as this process does.
  const holder = execa('unshare', ['--mount', 'sh', '-c', ENTER, 'sh', lower], {
    stdin: 'pipe',
    reject: false,
  });
  await Promise.race([once(holder.stdout, 'data'), holder]);
  if (holder.nodeChildProcess.exitCode !== null) {
    throw new Error(`no namespace over ${lower}: ${(await holder).stderr}`);
  }
  const pid = String(holder.pid);
  const enter = ['nsenter', `--target=${pid}`, '--mount', '--root', '--wd'];
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
