import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Appliance, runCommand, runOrThrow } from '@registry-cache/testbed';

/** The image under test. */
export const IMAGE = process.env.REGISTRY_CACHE_IMAGE ?? 'localhost/registry-cache:latest';

/** One process of the appliance. */
export interface Program {
  readonly pid: number;
  readonly parentPid: number;
  readonly uid: number;
  /** `nginx-worker`, `engine-quay.io`, `egress` …; for an unexpected process, its command. */
  readonly name: string;
}

/** Every process of the container, by its pids there. */
export async function listPrograms(appliance: Appliance): Promise<Program[]> {
  const inside = await readProcesses(appliance);
  const pids = new Map(inside.map((one) => [one.hostPid, one.pid]));
  return inside
    .map(({ pid, hostParentPid, uid, command }) => {
      // The parent of `podman exec` is outside.
      const parentPid = pids.get(hostParentPid) ?? 0;
      return { pid, parentPid, uid, name: nameProgram(command, parentPid) };
    })
    .toSorted((one, other) => one.pid - other.pid);
}

/** The names of the programs that were started with a variable of this name. */
export async function listHolders(appliance: Appliance, variable: string): Promise<string[]> {
  const holders = (await readProcesses(appliance)).filter(({ environment }) =>
    environment.some((line) => line.startsWith(`${variable}=`)),
  );
  const pids = holders.map(({ pid }) => pid);
  const programs = await listPrograms(appliance);
  return programs.filter(({ pid }) => pids.includes(pid)).map(({ name }) => name);
}

async function readProcesses({ pid }: Appliance) {
  const namespace = await readlink(`/proc/${await pid()}/ns/pid`);
  const hostPids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(hostPids.map((hostPid) => readProcess(hostPid, namespace)));
  return found.filter((one) => one !== undefined);
}

/** Undefined for a process of another namespace, and for one that has ended meanwhile. */
async function readProcess(hostPid: string, namespace: string) {
  try {
    if ((await readlink(`/proc/${hostPid}/ns/pid`)) !== namespace) return undefined;
    const status = await readFile(`/proc/${hostPid}/status`, 'utf8');
    const command = await readFile(`/proc/${hostPid}/cmdline`, 'utf8');
    const environment = (await readFile(`/proc/${hostPid}/environ`, 'utf8')).split('\0');
    const field = (name: string) =>
      new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.split('\t') ?? [];
    return {
      hostPid,
      hostParentPid: field('PPid')[0] ?? '',
      pid: Number(field('NSpid').at(-1)),
      uid: Number(field('Uid')[0]),
      command: command.replaceAll('\0', ' ').trim(),
      environment,
    };
  } catch {
    return undefined;
  }
}

/** The number of processes of each name, sorted, so that two lists can be compared. */
export async function countPrograms(appliance: Appliance): Promise<string[]> {
  const names = (await listPrograms(appliance)).map(({ name }) => name);
  return [...new Set(names)].sort().map((name) => {
    return `${name}: ${names.filter((other) => other === name).length}`;
  });
}

export async function findPids(appliance: Appliance, name: string): Promise<number[]> {
  const found = (await listPrograms(appliance)).filter((program) => program.name === name);
  return found.map(({ pid }) => pid);
}

/** @throws when there is no such program. */
export async function killProgram(appliance: Appliance, name: string, signal = 'KILL') {
  const pids = await findPids(appliance, name);
  if (pids.length === 0) throw new Error(`no program ${name}`);
  await appliance.exec(['bash', '-c', `kill -${signal} ${pids.join(' ')}`], { user: '0' });
  return pids;
}

/** Every unix socket, and whether a program accepts on it. */
export async function listSockets({ pid }: Appliance): Promise<string[]> {
  const folder = `/proc/${await pid()}/root/run/registry-cache/sock`;
  const lines = (await readdir(folder)).map(async (name) => {
    return `${name} ${await probeSocket(join(folder, name))}`;
  });
  return (await Promise.all(lines)).sort();
}

/** `accepts`, or the code of the error. EPROTOTYPE is a datagram socket, which accepts. */
async function probeSocket(path: string): Promise<string> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return 'accepts';
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return code === 'EPROTOTYPE' ? 'accepts' : code;
  } finally {
    socket.destroy();
  }
}

/** A page of the health port, which listens on the container's loopback only. */
export async function readHealth({ pid }: Pick<Appliance, 'pid'>, page: string): Promise<string> {
  const ask = `exec 3<>/dev/tcp/127.0.0.1/8081; printf 'GET ${page} HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`;
  const enter = [`--target=${await pid()}`, '--net'];
  const { stdout } = await runCommand('nsenter', [...enter, 'bash', '-c', ask]);
  return stdout;
}

/** The value of one metric, summed over its labels. Undefined while it is missing. */
export async function readMetric(
  appliance: Pick<Appliance, 'pid'>,
  name: string,
): Promise<number | undefined> {
  const page = await readHealth(appliance, '/metrics');
  const lines = [...page.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'gm'))];
  return lines.length === 0 ? undefined : lines.reduce((sum, [, value]) => sum + Number(value), 0);
}

/** The lines of the container's log that are JSON. */
export async function readEvents(
  appliance: Pick<Appliance, 'logs'>,
): Promise<Record<string, unknown>[]> {
  const lines = (await appliance.logs()).split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** How an ended container ended. */
export async function readExitCode({ id }: Appliance): Promise<number> {
  return Number(await runOrThrow('podman', ['inspect', '--format', '{{.State.ExitCode}}', id]));
}

/** Signals the container's first process from outside. From there SIGSTOP also works. */
export async function signalInit({ id }: Appliance, signal: string): Promise<void> {
  await runCommand('podman', ['kill', '-s', signal, id]);
}

const NAMES: readonly [RegExp, (match: string) => string][] = [
  [/\bsupervisord -c/, () => 'supervisord'],
  [/\/registry serve \S+\/hosted-engine\.yml$/, () => 'hosted-engine'],
  [/\/registry serve \S+\/(\S+)\.yml$/, (id) => `engine-${id}`],
  [/nginx: (master|worker) process/, (role) => `nginx-${role}`],
  [/^\/usr\/sbin\/rsyslogd /, () => 'rsyslog'],
  // Both read what HAProxy writes to its standard error.
  [/^sed -u .*NOTICE/, () => 'haproxy-messages'],
  [/^logger --socket /, () => 'haproxy-messages-sender'],
  [/\/supervisor\/watch /, () => 'config-watch'],
  [/\/registry-cache\/config\.mjs (\w+)/, (command) => `config-${command}`],
  [/\/registry-cache\/(\w+)\.mjs /, (name) => name],
];

function nameProgram(command: string, parentPid: number): string {
  if (/\/haproxy .*-W /.test(command)) {
    return parentPid === 1 ? 'haproxy-master' : 'haproxy-worker';
  }
  for (const [pattern, name] of NAMES) {
    const match = pattern.exec(command);
    if (match) return name(match[1] ?? '');
  }
  return command || 'zombie';
}
