import { type AuthOptions, LOG_FORMATS, LOG_LEVELS } from '@registry-cache/domain';
// The small build of zod: the large one takes several MB of memory.
import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1));

/** The shape of `auth.json`. `config` has checked the values; a wrong file is a defect. */
export const AUTH_OPTIONS: z.ZodMiniType<AuthOptions> = z.object({
  logLevel: z.enum(LOG_LEVELS),
  logFormat: z.enum(LOG_FORMATS),
  socket: text,
  htpasswdFile: z.optional(text),
  issuersFile: text,
  accessFile: text,
  egressSocket: text,
  bootSecretFile: text,
  storeRoot: text,
  tokenKeyFile: text,
  metricsDir: text,
});
