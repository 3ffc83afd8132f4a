import { DOCTOR_LIMIT_MS, doctorFiles, type RunPaths } from '@registry-cache/domain';
import { writeFileAtomic } from '@registry-cache/runtime';
import { execa } from 'execa';

const MOST_BYTES = 4 * 1024 * 1024;

/**
 * The work of the process that `startDoctor` starts: runs the doctor, which reads the operator's files
 * and then becomes the user of the programs, and leaves its report. Returns the exit status.
 */
export async function runDoctor(run: RunPaths, commandLine: string): Promise<number> {
  const { stdout, stderr, shortMessage } = await execa(commandLine, ['doctor', '--json'], {
    ...{ reject: false, stdin: 'ignore', timeout: DOCTOR_LIMIT_MS, maxBuffer: MOST_BYTES },
  });
  const isWhole = isJson(stdout);
  // Without a process there are no outputs, whatever their types say.
  const failed = stderr?.trim().split('\n').at(-1) || shortMessage || 'it has said nothing';
  const report = isWhole ? stdout : JSON.stringify({ failed });
  await writeFileAtomic(doctorFiles(run).report, report, 0o640);
  return isWhole ? 0 : 1;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
