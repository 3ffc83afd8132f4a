import { type EgressState, FETCH_SOURCES, INTERNAL_PATHS } from '@registry-cache/domain';
import { askSocket, parseJson } from '@registry-cache/runtime';
import * as z from 'zod/mini';

const EGRESS_STATE: z.ZodMiniType<EgressState> = z.object({
  upstreams: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['up', 'down', 'offline']),
      sinceMs: z.number(),
      reason: z.optional(z.string()),
      rateLimit: z.optional(
        z.object({
          limit: z.optional(z.number()),
          remaining: z.optional(z.number()),
          toldMs: z.number(),
        }),
      ),
    }),
  ),
  fetches: z.array(
    z.object({
      upstream: z.string(),
      repository: z.string(),
      digest: z.string(),
      sinceMs: z.number(),
      firstByteMs: z.optional(z.number()),
      bytes: z.number(),
      sizeBytes: z.optional(z.number()),
      from: z.string(),
      source: z.optional(z.enum(FETCH_SOURCES)),
      readers: z.number(),
    }),
  ),
});

const TIMEOUT_MS = 2_000;
const LIMIT_BYTES = 16 * 1024 * 1024;

/** The state of egress now; undefined while it is away. */
export async function readEgressState(socketPath: string): Promise<EgressState | undefined> {
  const limits = { timeoutMs: TIMEOUT_MS, limitBytes: LIMIT_BYTES };
  const path = INTERNAL_PATHS.state.name;
  const answer = await askSocket({ socketPath, path, ...limits }).catch(() => undefined);
  return answer?.status === 200 ? parseJson(answer.body, EGRESS_STATE) : undefined;
}
