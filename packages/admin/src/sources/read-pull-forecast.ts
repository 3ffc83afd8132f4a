import { readFile } from 'node:fs/promises';
import {
  INTERNAL_PATHS,
  NEXT_PULL_CODES,
  type PullForecast,
  type PullProbe,
} from '@registry-cache/domain';
import type { UpstreamPlace } from '@registry-cache/explain';
import { askSocket, type HttpAnswer, parseJson } from '@registry-cache/runtime';
import * as z from 'zod/mini';
import { AdminError } from '../contract/admin-error.ts';

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

const PULL_PROBE: z.ZodMiniType<PullProbe> = z.object({
  status: z.optional(z.number()),
  ms: z.number(),
  digest: z.optional(z.string()),
  limit: z.optional(z.number()),
  remaining: z.optional(z.number()),
  error: z.optional(z.string()),
});

const LIMIT_BYTES = 1024 * 1024;
const FORECAST_TIMEOUT_MS = 2_000;
/** Egress gives up before. */
const PROBE_TIMEOUT_MS = 4_000;

interface EgressPlace {
  readonly egressSocket: string;
  readonly bootSecretFile: string;
}

/** The act of egress at the next pull; undefined while it is away. */
export async function readPullForecast(
  egress: EgressPlace,
  place: UpstreamPlace,
): Promise<PullForecast | undefined> {
  try {
    const { name } = INTERNAL_PATHS.forecast;
    const answer = await askEgress(egress, name, place, FORECAST_TIMEOUT_MS);
    return answer.status === 200 ? parseJson(answer.body, PULL_FORECAST) : undefined;
  } catch {
    return undefined;
  }
}

/** The upstream's word of now. @throws AdminError while egress is away, or has probes enough. */
export async function readPullProbe(egress: EgressPlace, place: UpstreamPlace): Promise<PullProbe> {
  const { name } = INTERNAL_PATHS.probe;
  const answer = await askEgress(egress, name, place, PROBE_TIMEOUT_MS).catch(() => undefined);
  if (answer?.status === 200) return parseJson(answer.body, PULL_PROBE);
  const why = answer === undefined ? 'egress does not answer' : 'other probes are running';
  throw new AdminError('UNAVAILABLE', `${place.key} cannot be asked now: ${why}`);
}

async function askEgress(
  { egressSocket: socketPath, bootSecretFile }: EgressPlace,
  prefix: string,
  { upstreamId, repository, reference }: UpstreamPlace,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const secret = (await readFile(bootSecretFile, 'utf8')).trim();
  const login = Buffer.from(`${upstreamId}:${secret}`).toString('base64');
  return askSocket({
    ...{ socketPath, timeoutMs, limitBytes: LIMIT_BYTES },
    path: `${prefix}/v2/${repository}/manifests/${reference}`,
    headers: { authorization: `Basic ${login}` },
  });
}
