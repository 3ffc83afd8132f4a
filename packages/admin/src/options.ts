import { type AdminOptions, LOG_FORMATS, LOG_LEVELS } from '@registry-cache/domain';
// The small build of zod: the large one takes several MB of memory.
import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1));

/** The shape of `admin.json`. `config` has checked the values; a wrong file is a defect. */
export const ADMIN_OPTIONS: z.ZodMiniType<AdminOptions> = z.object({
  logLevel: z.enum(LOG_LEVELS),
  logFormat: z.enum(LOG_FORMATS),
  socket: text,
  storeRoot: text,
  metricsDirs: z.array(text),
  egressSocket: text,
  bootSecretFile: text,
  registriesFile: text,
  command: z.array(text),
  namesFile: text,
  explainFile: text,
  clientAddress: text,
  doctor: z.object({ wish: text, report: text }),
  remote: z.optional(z.object({ socket: text, authSocket: text, rulesFile: text })),
  history: z.object({ accessLog: text, maxBytes: z.number().check(z.positive()) }),
  upstreams: z.array(z.object({ id: text, name: text })),
});
