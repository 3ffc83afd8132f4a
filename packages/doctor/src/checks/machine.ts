import { inspectMachine } from '@registry-cache/config';
import { formatSize } from '@registry-cache/domain';
import { type CheckOutcome, tried } from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';
import { readControlGroup } from '../machine/control-group.ts';

export interface MachineFacts {
  /** The limit of the container, or the memory of the machine. */
  readonly memoryBytes: number;
  /** The hard limit for each process. */
  readonly openFiles: number;
  /** Processes that the kernel killed for their memory; undefined where nobody counts them. */
  readonly killed: number | undefined;
  /** Processes and threads that the container may have; undefined for any number. */
  readonly maxProcesses: number | undefined;
}

const LEAST_MEMORY_BYTES = 512 * 1024 ** 2;
const LEAST_OPEN_FILES = 4_096;
const LEAST_PROCESSES = 256;

export function findMachineFaults(facts: MachineFacts): Finding[] {
  const { memoryBytes, openFiles, killed = 0, maxProcesses = LEAST_PROCESSES } = facts;
  const memory = formatSize(memoryBytes);
  return [
    ...(memoryBytes < LEAST_MEMORY_BYTES
      ? [buildFinding('memory-small', { subject: 'memory', found: memory })]
      : []),
    ...(killed > 0
      ? [
          buildFinding('memory-killed', {
            subject: 'memory',
            found: `${killed} killed processes, with a limit of ${memory}`,
          }),
        ]
      : []),
    ...(openFiles < LEAST_OPEN_FILES
      ? [buildFinding('open-files-few', { subject: 'open files', found: `${openFiles}` })]
      : []),
    ...(maxProcesses < LEAST_PROCESSES
      ? [buildFinding('processes-few', { subject: 'processes', found: `${maxProcesses}` })]
      : []),
  ];
}

export async function checkMachine(): Promise<CheckOutcome> {
  const { memoryBytes, openFiles, cpus } = inspectMachine();
  const group = await readControlGroup();
  const version = group.version === undefined ? '' : `, cgroup v${group.version}`;
  const seen = `${formatSize(memoryBytes)}, ${cpus} processors${version}`;
  return tried(seen, findMachineFaults({ memoryBytes, openFiles, ...group }));
}
