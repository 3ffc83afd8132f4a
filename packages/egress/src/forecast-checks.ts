import { readFile } from 'node:fs/promises';
import {
  type AdmissionRule,
  type CheckForecast,
  formatDuration,
  repositoryDir,
  type TrustRule,
  tagCurrentLink,
} from '@registry-cache/domain';
import { orMissing } from '@registry-cache/runtime';
import { ADMISSION_RULES } from './cache/admission/admission-rules.ts';
import { FirstSeen } from './cache/admission/first-seen.ts';
import { planAge } from './cache/admission/plan-age.ts';
import { imageOf } from './cache/contract/image-of.ts';
import { TRUST_RULES } from './cache/trust/trust-rules.ts';
import { followImageRules, type RulesOfImage } from './cache/verdicts/image-rules.ts';
import { openFirstSeenStore } from './store/first-seen.ts';
import { type KeptVerdict, openVerdictStore } from './store/verdicts.ts';

export interface CheckForecastDeps {
  readonly storeRoot: string;
  readonly trust: readonly TrustRule[] | undefined;
  readonly admission: readonly AdmissionRule[] | undefined;
  readonly nowMs: number;
}

/** An image as it is named here. */
export interface ForecastImage {
  readonly upstreamId: string;
  /** The upstream's name. */
  readonly key: string;
  readonly repository: string;
  /** Undefined where the image is asked for by its digest. */
  readonly tag: string | undefined;
  /** Undefined for the digest that the tag has here. */
  readonly digest: string | undefined;
}

/**
 * Tells from what the store knows whether an image would be admitted. It asks neither a registry nor
 * a scanner, and changes nothing.
 */
export async function forecastChecks(
  deps: CheckForecastDeps,
  asked: ForecastImage,
): Promise<CheckForecast[]> {
  const image = imageOf(asked.key, asked.repository);
  const trust = followImageRules(() => deps.trust, TRUST_RULES)(image);
  const admission = followImageRules(() => deps.admission, ADMISSION_RULES)(image);
  const digest = asked.digest ?? (await readTag(deps, asked));
  return [
    ...(trust === undefined ? [] : [await forecastTrust(deps, asked, trust, digest)]),
    ...(admission === undefined ? [] : [await forecastAdmission(deps, asked, admission, digest)]),
  ];
}

async function forecastTrust(
  { storeRoot }: CheckForecastDeps,
  { upstreamId, repository }: ForecastImage,
  rules: RulesOfImage<TrustRule>,
  digest: string | undefined,
): Promise<CheckForecast> {
  const kept = await openVerdictStore(storeRoot, 'trust').read(upstreamId, repository);
  const otherwise = rules.isEnforced ? 'without a good one it is refused' : 'it is served anyway';
  return {
    check: 'trust',
    ...(byVerdict(rules, digest && kept.get(digest)) ?? {
      outcome: 'open',
      reason: `its signature is looked up at the next pull; ${otherwise}`,
    }),
    rules: rules.rules.map(({ number }) => number),
  };
}

async function forecastAdmission(
  deps: CheckForecastDeps,
  { upstreamId, repository, tag, digest: byDigest }: ForecastImage,
  rules: RulesOfImage<AdmissionRule>,
  digest: string | undefined,
): Promise<CheckForecast> {
  const { storeRoot, nowMs } = deps;
  const numbers = rules.rules.map(({ number }) => number);
  const kept = await openVerdictStore(storeRoot, 'admission').read(upstreamId, repository);
  const seen = new FirstSeen(await openFirstSeenStore(storeRoot).read(upstreamId, repository));
  const firstMs = digest === undefined ? undefined : seen.find(tag, digest);
  const plan = planAge(rules.rules, { firstMs, nowMs, hasTag: tag !== undefined });
  // What a tag has here was admitted, and so was a digest with a verdict.
  const isHere = byDigest === undefined ? digest !== undefined : kept.has(byDigest);
  if (plan?.reason !== undefined && !isHere) {
    const age = formatDuration(plan.rule.minimumAgeMs ?? 0);
    const isNew = `it has to be known here for ${age} first (admission rule ${plan.rule.number})`;
    const reason = plan.isNew ? isNew : plan.reason;
    return { check: 'admission', rules: numbers, outcome: 'waiting', reason };
  }
  const known = byVerdict(rules, digest && kept.get(digest));
  const scanners = rules.rules.flatMap(({ ask }) => ask?.url ?? []);
  const asks =
    scanners.length === 0
      ? ({ outcome: 'admitted', reason: 'it is old enough, or was here already' } as const)
      : ({ outcome: 'open', reason: `the next pull asks ${scanners.join(', ')}` } as const);
  return { check: 'admission', ...(known ?? asks), rules: numbers };
}

function byVerdict(
  { generation }: RulesOfImage<unknown>,
  known: KeptVerdict | '' | undefined,
): Pick<CheckForecast, 'outcome' | 'reason'> | undefined {
  if (!known || known.generation !== generation) return undefined;
  return { outcome: known.isRefused ? 'refused' : 'admitted', reason: known.by };
}

async function readTag(
  { storeRoot }: CheckForecastDeps,
  { upstreamId, repository, tag }: ForecastImage,
): Promise<string | undefined> {
  if (tag === undefined) return undefined;
  const link = tagCurrentLink(repositoryDir(storeRoot, upstreamId, repository), tag);
  return (await orMissing(readFile(link, 'utf8')))?.trim();
}
