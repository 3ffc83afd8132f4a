import { join } from 'node:path';
import type { RunPaths } from './run-paths.ts';

/** The files by which the admin worker has the configurator run `registry-cache doctor`. */
export interface DoctorFiles {
  /** The admin worker gives it a new time. Root looks at that time alone. */
  readonly wish: string;
  /** JSON of `registry-cache doctor --json`, replaced after each run. Root writes it. */
  readonly report: string;
}

export function doctorFiles(run: Pick<RunPaths, 'state' | 'config'>): DoctorFiles {
  return { wish: join(run.state, 'doctor'), report: join(run.config, 'doctor.json') };
}

/** The longest time of a run: its checks end within 45 seconds, and reading the files takes some. */
export const DOCTOR_LIMIT_MS = 90_000;
