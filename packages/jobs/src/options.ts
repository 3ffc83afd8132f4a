import { type JobsOptions, LOG_FORMATS, LOG_LEVELS } from '@registry-cache/domain';
// The small build of zod: the large one takes several MB of memory.
import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1));

/** The shape of `jobs.json`. `config` has checked the values; a wrong file is a defect. */
export const JOBS_OPTIONS: z.ZodMiniType<JobsOptions> = z.object({
  logLevel: z.enum(LOG_LEVELS),
  logFormat: z.enum(LOG_FORMATS),
  storeRoot: text,
  metricsDir: text,
  egressSocket: text,
  command: z.array(text),
  lists: z.array(
    z.object({
      list: text,
      everyMs: z.number().check(z.positive()),
      platforms: z.array(text),
    }),
  ),
});
