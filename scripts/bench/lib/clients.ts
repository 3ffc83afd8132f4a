import { makeTemporaryFolder, runOrThrow } from '@registry-cache/testbed';
import type { Contender } from './contender.ts';
import { readCpuSeconds } from './processes.ts';

/** The cost for the server, and the client's waiting time. */
export interface Load {
  readonly requests: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** Sends `requests` over `connections` kept connections at full speed, and discards bodies. */
export async function runH2load(
  contender: Contender,
  path: string,
  {
    requests,
    connections,
    http2 = false,
  }: { requests: number; connections: number; http2?: boolean },
): Promise<Load> {
  // The windows are those of containerd's client (Go).
  const protocol = http2 ? ['--window-bits=22', '--connection-window-bits=30'] : ['--h1'];
  const counts = [`--requests=${requests}`, `--clients=${connections}`];
  const { output, cpuSeconds } = await runBeside(contender, [
    'h2load',
    ...protocol,
    ...counts,
    contender.url + path,
  ]);
  const succeeded = Number(/status codes: (\d+) 2xx/.exec(output)?.[1]);
  if (succeeded !== requests) throw new Error(`${contender.name} ${path}:\n${output}`);
  const wall = /finished in ([\d.]+)(us|ms|s)/.exec(output);
  return { requests, wallSeconds: seconds(wall), cpuSeconds };
}

/** The time until the last client of a herd is done, and until all have their first byte. */
export interface Herd {
  readonly wallSeconds: number;
  readonly lastFirstByteSeconds: number;
}

/** So many clients, each on its own connection, request one path at the same moment. */
export async function runHerd(contender: Contender, path: string, clients: number): Promise<Herd> {
  const counts = [`--requests=${clients}`, `--clients=${clients}`];
  const output = await runClient(contender, ['h2load', '--h1', ...counts, contender.url + path]);
  const succeeded = Number(/status codes: (\d+) 2xx/.exec(output)?.[1]);
  if (succeeded !== clients) throw new Error(`${contender.name} ${path}:\n${output}`);
  const wall = /finished in ([\d.]+)(us|ms|s)/.exec(output);
  const first = /time to 1st byte:\s+[\d.]+(?:us|ms|s)\s+([\d.]+)(us|ms|s)/.exec(output);
  return { wallSeconds: seconds(wall), lastFirstByteSeconds: seconds(first) };
}

function seconds(match: RegExpExecArray | null): number {
  return Number(match?.[1]) * { us: 1e-6, ms: 1e-3, s: 1 }[match?.[2] as 's'];
}

/** Requests a manifest as often as possible in the time, on kept or on new connections. */
export async function runWrk(
  contender: Contender,
  path: string,
  {
    seconds,
    connections,
    isKept,
    headers = [],
  }: { seconds: number; connections: number; isKept: boolean; headers?: readonly string[] },
): Promise<Load> {
  const { output, cpuSeconds } = await runBeside(contender, [
    'wrk',
    '--threads=1',
    `--connections=${connections}`,
    `--duration=${seconds}s`,
    `--header=Accept: ${MANIFEST_TYPE}`,
    ...headers.map((header) => `--header=${header}`),
    ...(isKept ? [] : ['--header=Connection: close']),
    contender.url + path,
  ]);
  const [, requests, wall] = /(\d+) requests in ([\d.]+)s/.exec(output) ?? [];
  if (requests === undefined || requests === '0' || /Non-2xx|connect [1-9]/.test(output)) {
    throw new Error(`${contender.name} ${path}:\n${output}`);
  }
  return { requests: Number(requests), wallSeconds: Number(wall), cpuSeconds };
}

/** The seconds of skopeo for a whole image, `repository:v1`. */
export async function runSkopeo(contender: Contender, repository: string): Promise<number> {
  await using folder = await makeTemporaryFolder('skopeo');
  const registry = new URL(contender.url).host + contender.path('').replace(/^\/v2/, '');
  const copy = ['skopeo', 'copy', '--quiet', '--src-tls-verify=false'];
  const from = `docker://${registry}${repository}:v1`;
  const startedAt = performance.now();
  await runClient(contender, [...copy, from, `dir:${folder.path}`]);
  return (performance.now() - startedAt) / 1000;
}

/** One request, so that the content is stored from now on. */
export async function warm(
  contender: Contender,
  path: string,
  headers: readonly string[] = [],
): Promise<void> {
  const all = [`Accept: ${MANIFEST_TYPE}, */*`, ...headers].flatMap((header) => ['-H', header]);
  const url = contender.url + path;
  await runClient(contender, ['curl', '-sSfk', '-o', '/dev/null', ...all, url]);
}

async function runBeside(contender: Contender, command: readonly string[]) {
  const before = readCpuSeconds(contender.pid);
  const output = await runClient(contender, command);
  return { output, cpuSeconds: readCpuSeconds(contender.pid) - before };
}

/** Runs a client at the place from which the contender is asked. @throws if it fails. */
export function runClient({ enter }: Contender, command: readonly string[]): Promise<string> {
  const [program = '', ...args] = [...enter, ...command];
  return runOrThrow(program, args, { timeoutMs: 600_000 });
}
