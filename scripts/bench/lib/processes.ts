import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The kernel's USER_HZ, which is 100 on all platforms of Node.js. */
const TICKS_PER_SECOND = 100;

/** A container's process, with its pid on this machine. */
export interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Every process in the process namespace of `initPid`: all of a container. */
export function listProcesses(initPid: number): Process[] {
  const namespace = readlinkSync(`/proc/${initPid}/ns/pid`);
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      if (readlinkSync(`/proc/${name}/ns/pid`) !== namespace) return [];
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').filter(Boolean);
      return [{ pid: Number(name), command: words.join(' ') }];
    } catch {
      return []; // The process has ended meanwhile.
    }
  });
}

/** CPU seconds (user and system) of a container's processes, and of children they waited for. */
export function readCpuSeconds(initPid: number): number {
  const ticks = listProcesses(initPid).map(({ pid }) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // Split after the command's name, which may contain any character. Field 3 comes first.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    } catch {
      return 0;
    }
  });
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}

/** Proportional set size in MB: a shared page counts in parts for the processes that map it. */
export function readPssMb(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return (Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]) * 1024) / 1e6;
}
