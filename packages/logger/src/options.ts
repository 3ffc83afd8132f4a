import {
  LOG_FORMATS,
  LOG_LEVELS,
  type LoggerOptions,
  type ServedNames,
} from '@registry-cache/domain';
// The small build of zod: the large one takes several MB of memory.
import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1));

/** The shape of `logger.json`. `config` has checked the values; a wrong file is a defect. */
export const LOGGER_OPTIONS: z.ZodMiniType<LoggerOptions> = z.object({
  logLevel: z.enum(LOG_LEVELS),
  logFormat: z.enum(LOG_FORMATS),
  storeRoot: text,
  logPipe: text,
  accessLog: text,
  rotateAtBytes: z.number().check(z.nonnegative()),
  audit: z.object({ file: text, rotateAtBytes: z.number().check(z.nonnegative()) }),
  registriesFile: text,
  stateFile: text,
  metricsDir: text,
  forward: z.optional(z.object({ reportPipe: text, collectors: z.record(text, text) })),
});

/** The shape of `registries.json`. */
export const SERVED_NAMES: z.ZodMiniType<ServedNames> = z.record(
  text,
  z.object({ key: text, host: text }),
);
