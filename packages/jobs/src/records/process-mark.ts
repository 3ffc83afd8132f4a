import { readFileSync, readlinkSync } from 'node:fs';
import type { ProcessMark } from './record.ts';

/** The mark of this process. Parts that the system does not tell are empty. */
export function readOwnMark(): ProcessMark {
  return {
    pid: process.pid,
    startTicks: readStartTicks(process.pid) ?? '',
    bootId: readBootId(),
    namespace: readNamespace(),
  };
}

/**
 * Whether that process still runs. Undefined where it cannot be seen from here, because it is of
 * another container.
 */
export function isRunning({
  pid,
  startTicks,
  bootId,
  namespace,
}: ProcessMark): boolean | undefined {
  if (bootId !== readBootId()) return false;
  if (namespace !== readNamespace()) return undefined;
  return readStartTicks(pid) === startTicks;
}

/** Field 22 of proc_pid_stat(5). The second one is a name, which may have spaces and brackets. */
function readStartTicks(pid: number): string | undefined {
  const text = read(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended, and only its parent has not noticed.
  return fields[0] === 'Z' ? undefined : fields[19];
}

function readBootId(): string {
  return read('/proc/sys/kernel/random/boot_id').trim();
}

function readNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
