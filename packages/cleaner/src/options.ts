import { type CleanerOptions, LOG_FORMATS, LOG_LEVELS } from '@registry-cache/domain';
// The small build of zod: the large one takes several MB of memory.
import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1));
const bytes = z.number().check(z.nonnegative());

/** The shape of `cleaner.json`. `config` has checked the values; a wrong file is a defect. */
export const CLEANER_OPTIONS: z.ZodMiniType<CleanerOptions> = z.object({
  logLevel: z.enum(LOG_LEVELS),
  logFormat: z.enum(LOG_FORMATS),
  storeRoot: text,
  maxSizeBytes: bytes,
  thresholdPercent: z.number().check(z.nonnegative()),
  everyMs: z.number().check(z.positive()),
  minFree: z.object({ bytes: z.nullable(bytes), percent: z.nullable(bytes) }),
  socket: text,
  events: z.object({ file: text, rotateAtBytes: z.number().check(z.positive()) }),
  metricsDir: text,
});
