import { type Appliance, runCommand, runOrThrow } from '@registry-cache/testbed';

/** Paths of the programs that the suites run by hand. */
export const IMAGE = process.env.REGISTRY_CACHE_IMAGE ?? 'localhost/registry-cache:latest';

/** One process of the appliance. */
export interface Program {
  readonly pid: number;
  readonly parentPid: number;
  readonly uid: number;
  /** `nginx-worker`, `engine-quay.io`, `egress` …; for an unexpected process, its command. */
  readonly name: string;
}

/** PID, parent, user and command of every process but this one. */
const LIST_PROGRAMS = `
for process in /proc/[0-9]*; do
  pid=\${process#/proc/}
  [ "$pid" = $$ ] && continue
  while read -r key value _; do
    case $key in PPid:) parent=$value ;; Uid:) uid=$value ;; esac
  done <$process/status && mapfile -d '' -t argv <$process/cmdline && echo "$pid $parent $uid \${argv[*]}"
done 2>/dev/null`;

export async function listPrograms({ exec }: Appliance): Promise<Program[]> {
  const { stdout } = await exec(['bash', '-c', LIST_PROGRAMS], { user: '0' });
  return stdout.split('\n').map((line) => {
    const [pid, parentPid, uid, ...command] = line.trim().split(' ');
    const name = nameProgram(command.join(' '), Number(parentPid));
    return { pid: Number(pid), parentPid: Number(parentPid), uid: Number(uid), name };
  });
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

/** Every unix socket, and whether a program accepts on it. EPROTOTYPE is a datagram socket. */
const LIST_SOCKETS = `
const dir = '/run/registry-cache/sock/';
for (const name of require('fs').readdirSync(dir).sort()) {
  const socket = require('net').connect(dir + name);
  const say = (state) => { console.log(name + ' ' + state); socket.destroy(); };
  socket.on('connect', () => say('accepts'));
  socket.on('error', ({ code }) => say(code === 'EPROTOTYPE' ? 'accepts' : code));
}`;

export async function listSockets({ exec }: Appliance): Promise<string[]> {
  const { stdout } = await exec(['node', '-e', LIST_SOCKETS], { user: '0' });
  return stdout.split('\n').sort();
}

/** A page of the health port, which listens on the container's loopback only. */
export async function readHealth({ pid }: Appliance, page: string): Promise<string> {
  const ask = `exec 3<>/dev/tcp/127.0.0.1/8081; printf 'GET ${page} HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`;
  const enter = [`--target=${await pid()}`, '--net'];
  const { stdout } = await runCommand('nsenter', [...enter, 'bash', '-c', ask]);
  return stdout;
}

/** The value of one metric. Undefined while it is missing. */
export async function readMetric(appliance: Appliance, name: string): Promise<number | undefined> {
  const line = new RegExp(`^${name} (\\S+)`, 'm').exec(await readHealth(appliance, '/metrics'));
  return line?.[1] === undefined ? undefined : Number(line[1]);
}

/** The lines of the container's log that are JSON. */
export async function readEvents(appliance: Appliance): Promise<Record<string, unknown>[]> {
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
  [/\/registry serve \S+\/(\S+)\.yml$/, (id) => `engine-${id}`],
  [/nginx: (master|worker) process/, (role) => `nginx-${role}`],
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
