import {
  type Credential,
  type CredentialsFile,
  type EgressOptions,
  LOG_LEVELS,
} from '@registry-cache/domain';
import * as z from 'zod';

const timeMs = z.number().int().positive();

/** `config` has checked the values; this catches a file that is not what it should be. */
const OPTIONS: z.ZodType<EgressOptions> = z.object({
  logLevel: z.enum(LOG_LEVELS),
  port: z.number().int().min(0).max(65_535),
  socket: z.string().min(1),
  bootSecretFile: z.string().min(1),
  credentialsFile: z.string().min(1),
  timeouts: z.object({ connectMs: timeMs, headersMs: timeMs, idleMs: timeMs }),
  metrics: z.object({ dir: z.string(), haproxySocket: z.string() }),
  upstreams: z.array(
    z.object({
      id: z.string().min(1),
      key: z.string().min(1),
      url: z.url({ protocol: /^https?$/ }),
      ca: z.string(),
    }),
  ),
});

const CREDENTIAL: z.ZodType<Credential> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('basic'), username: z.string(), password: z.string() }),
  z.object({ kind: z.literal('identity-token'), token: z.string().min(1) }),
  z.object({
    kind: z.literal('helper'),
    // Becomes part of a program's name: no path may be hidden in it.
    program: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
    serverUrl: z.string(),
  }),
]);

const CREDENTIALS: z.ZodType<CredentialsFile> = z.record(z.string(), CREDENTIAL);

/** @throws Error that names the file's first wrong field. */
export function parseOptions(text: string): EgressOptions {
  return check(OPTIONS, text);
}

/** @throws Error that names the file's first wrong field, never a value. */
export function parseCredentials(text: string): CredentialsFile {
  return check(CREDENTIALS, text);
}

function check<T>(schema: z.ZodType<T>, text: string): T {
  const result = schema.safeParse(readJson(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${issue?.path.map(String).join('.') || 'the file'}: ${issue?.message}`);
}

/** JSON.parse quotes what it stumbled over, and that may be a secret. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`not JSON (${text.length} characters)`);
  }
}
