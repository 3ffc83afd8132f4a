import { readdirSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listProcesses, readPssMb } from '../bench/lib/processes.ts';

/** One measurement of the appliance. */
export interface Sample {
  /** Memory in MB (PSS) and open files of each program, over all of its processes. */
  readonly programs: ReadonlyMap<string, { readonly memoryMb: number; readonly files: number }>;
  /** The bytes of blobs and of downloads in flight. */
  readonly storeBytes: number;
}

export async function takeSample(initPid: number, storeDir: string): Promise<Sample> {
  const programs = new Map<string, { memoryMb: number; files: number }>();
  for (const { pid, command } of listProcesses(initPid)) {
    const name = nameProgram(command);
    const known = programs.get(name) ?? { memoryMb: 0, files: 0 };
    try {
      known.memoryMb += readPssMb(pid);
      known.files += readdirSync(`/proc/${pid}/fd`).length;
      programs.set(name, known);
    } catch {
      // The process has ended meanwhile.
    }
  }
  const inStore = await Promise.all(
    ['blobs', 'egress'].map((dir) => sumBytes(join(storeDir, dir))),
  );
  return { programs, storeBytes: inStore.reduce((sum, bytes) => sum + bytes, 0) };
}

export function formatSample(sample: Sample | undefined): string {
  if (sample === undefined) return '';
  const programs = [...sample.programs].map(
    ([name, { memoryMb, files }]) => `${name} ${Math.round(memoryMb)}MB/${files}`,
  );
  return `store ${Math.round(sample.storeBytes / 1e6)}MB ${programs.join(' ')}`;
}

/** The size of a file or folder. Files that are removed meanwhile count 0. */
async function sumBytes(path: string): Promise<number> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOTDIR' ? undefined : [],
  );
  if (names === undefined) {
    return stat(path).then(
      ({ size }) => size,
      () => 0,
    );
  }
  const sizes = await Promise.all(names.map((name) => sumBytes(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const NAMES = ['haproxy', 'nginx', 'egress', 'admin', 'logger', 'cleaner', 'config', 'registry'];

function nameProgram(command: string): string {
  const [file = '', ...rest] = command.split(' ');
  const words = [file, rest.find((word) => word.endsWith('.mjs')) ?? ''].join(' ');
  return NAMES.find((name) => words.includes(`/${name}`) || words.includes(`${name}:`)) ?? 'other';
}
