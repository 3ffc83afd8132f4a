import { readFile } from 'node:fs/promises';
import { INTERNAL_PATHS, NEXT_PULL_CODES, type PullForecast } from '@registry-cache/domain';
import type { UpstreamPlace } from '@registry-cache/explain';
import { askSocket, parseJson } from '@registry-cache/runtime';
import * as z from 'zod/mini';

const PULL_FORECAST: z.ZodMiniType<PullForecast> = z.object({
  next: z.object({ code: z.enum(NEXT_PULL_CODES), text: z.string() }),
  tag: z.optional(
    z.object({
      digest: z.string(),
      checkedMs: z.number(),
      freshUntilMs: z.optional(z.number()),
    }),
  ),
  checks: z.array(
    z.object({
      check: z.enum(['trust', 'admission']),
      rules: z.array(z.number()),
      outcome: z.enum(['admitted', 'refused', 'waiting', 'open']),
      reason: z.string(),
    }),
  ),
});

const LIMITS = { timeoutMs: 2_000, limitBytes: 1024 * 1024 };

/** What egress would do at the next pull; undefined while it is away. */
export async function readPullForecast(
  { egressSocket, bootSecretFile }: { egressSocket: string; bootSecretFile: string },
  { upstreamId, repository, reference }: UpstreamPlace,
): Promise<PullForecast | undefined> {
  try {
    const secret = (await readFile(bootSecretFile, 'utf8')).trim();
    const login = Buffer.from(`${upstreamId}:${secret}`).toString('base64');
    const answer = await askSocket({
      socketPath: egressSocket,
      path: `${INTERNAL_PATHS.forecast.name}/v2/${repository}/manifests/${reference}`,
      headers: { authorization: `Basic ${login}` },
      ...LIMITS,
    });
    return answer.status === 200 ? parseJson(answer.body, PULL_FORECAST) : undefined;
  } catch {
    return undefined;
  }
}
