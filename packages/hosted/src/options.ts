import { type HostedOptions, LOG_FORMATS, LOG_LEVELS } from '@registry-cache/domain';
// The small build of zod: the large one takes several MB of memory.
import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1));

/** The shape of `hosted.json`. `config` has checked the values; a wrong file is a defect. */
export const HOSTED_OPTIONS: z.ZodMiniType<HostedOptions> = z.object({
  logLevel: z.enum(LOG_LEVELS),
  logFormat: z.enum(LOG_FORMATS),
  socket: text,
  engineSocket: text,
  engineSecretFile: text,
  storeRoot: text,
  cleanerSocket: text,
  egressSocket: text,
  registries: z.array(
    z.object({ id: text, host: text, prefixes: z.array(text), hasLibrary: z.boolean() }),
  ),
  maxSizeBytes: z.int().check(z.nonnegative()),
  accessFile: z.optional(text),
  metricsDir: text,
});
