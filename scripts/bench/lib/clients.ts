import { runOrThrow } from '@registry-cache/testbed';
import type { Contender } from './contender.ts';
import { readCpuSeconds } from './processes.ts';

/** What the server's work has cost, and how long the client waited for it. */
export interface Load {
  readonly requests: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** `requests` in all over `connections` kept ones, bodies thrown away, as fast as it goes. */
export async function runH2load(
  contender: Contender,
  path: string,
  {
    requests,
    connections,
    http2 = false,
  }: { requests: number; connections: number; http2?: boolean },
): Promise<Load> {
  // The windows are what containerd's client (Go) offers.
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

/** A herd's time until the last of it is done, and until the last of it has its first byte. */
export interface Herd {
  readonly wallSeconds: number;
  readonly lastFirstByteSeconds: number;
}

/** As many clients as told, each on a connection of its own, for one thing at the same moment. */
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

/** As many requests for a manifest as go in the time, on kept connections or on new ones. */
export async function runWrk(
  contender: Contender,
  path: string,
  { seconds, connections, isKept }: { seconds: number; connections: number; isKept: boolean },
): Promise<Load> {
  const { output, cpuSeconds } = await runBeside(contender, [
    'wrk',
    '--threads=1',
    `--connections=${connections}`,
    `--duration=${seconds}s`,
    `--header=Accept: ${MANIFEST_TYPE}`,
    ...(isKept ? [] : ['--header=Connection: close']),
    contender.url + path,
  ]);
  const [, requests, wall] = /(\d+) requests in ([\d.]+)s/.exec(output) ?? [];
  if (requests === undefined || requests === '0' || /Non-2xx|connect [1-9]/.test(output)) {
    throw new Error(`${contender.name} ${path}:\n${output}`);
  }
  return { requests: Number(requests), wallSeconds: Number(wall), cpuSeconds };
}

/** One request, so that what is asked for is there from now on. */
export async function warm(contender: Contender, path: string): Promise<void> {
  const accept = `Accept: ${MANIFEST_TYPE}, */*`;
  const url = contender.url + path;
  await runClient(contender, ['curl', '-sSfk', '-o', '/dev/null', '-H', accept, url]);
}

async function runBeside(contender: Contender, command: readonly string[]) {
  const before = readCpuSeconds(contender.pid);
  const output = await runClient(contender, command);
  return { output, cpuSeconds: readCpuSeconds(contender.pid) - before };
}

/** Runs a client where the contender is asked from; @throws when it fails. */
export function runClient({ enter }: Contender, command: readonly string[]): Promise<string> {
  const [program = '', ...args] = [...enter, ...command];
  return runOrThrow(program, args, { timeoutMs: 600_000 });
}
