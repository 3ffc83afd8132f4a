import type { Catalog } from '@registry-cache/catalog';
import type { ReferenceNames, ResolvedReference } from '@registry-cache/config/references';
import {
  type CheckForecast,
  type ExplainFacts,
  HOSTED_ID,
  hostedDir,
  isDigest,
  type PullForecast,
  RECHECK_WISH_MS,
  type Right,
} from '@registry-cache/domain';
import { readImage, type StoredManifest } from './image/read-image.ts';
import type { StoredReferrer } from './image/read-referrers.ts';
import { type DecidedImage, decideRights } from './rights/decide-rights.ts';
import { type AskedCaller, findCaller } from './rights/find-caller.ts';
import { listNotes } from './rights/list-notes.ts';
import { noteChecks } from './rights/note-checks.ts';

/** The way of a reference: its name, the rules, what is here, and what the next pull would do. */
export interface ExplainedReference {
  /** `docker.io/library/redis` */
  readonly image: string;
  /** A tag or a digest. */
  readonly reference: string;
  readonly served: DecidedImage['served'];
  /** As the pull secret has it; the registry's name for hosted images. Undefined for neither. */
  readonly upstream?: string;
  readonly repository: string;
  /** Null for a client without a login. */
  readonly user: string | null;
  readonly groups: string[];
  readonly from: string | null;
  /** Whether the client gets further than to the login. */
  readonly letIn: boolean;
  /** The tags that lead to the digest, where rules ask for them. */
  readonly tags?: string[];
  readonly rights: ExplainedRight[];
  readonly checks?: ExplainedCheck[];
  readonly tag?: ExplainedTag;
  readonly manifest?: ExplainedManifest;
  readonly referrers: StoredReferrer[];
  readonly pinned: boolean;
  readonly notes: string[];
}

export interface ExplainedRight {
  readonly right: Right;
  readonly allowed: boolean;
  /** From 1; undefined where no rule decides. */
  readonly rule?: number | undefined;
  readonly because?: string | undefined;
  readonly reason: string;
}

/** A `CheckForecast`. */
export interface ExplainedCheck extends Omit<CheckForecast, 'rules'> {
  readonly rules: number[];
}

/** The memory of a tag, and the effect of its next pull. */
export interface ExplainedTag {
  readonly digest?: string;
  /** When the upstream confirmed it last, in ISO 8601. */
  readonly checked?: string;
  /** Until when no upstream is asked about it. */
  readonly freshUntil?: string;
  readonly code: string;
  readonly next: string;
}

export interface ExplainedManifest extends StoredManifest {
  /** The effect of the next pull, where the image is asked for by its digest. */
  readonly next?: string;
}

export interface ExplainDeps {
  readonly facts: ExplainFacts;
  readonly names: Pick<ReferenceNames, 'upstreams'>;
  readonly storeRoot: string;
  /** The catalog of a store: the cache's own, or that of hosted images. */
  readonly catalogOf: (storeRoot: string) => Pick<Catalog, 'tagsLeadingTo'>;
  /** The act of egress; undefined where it is away. */
  readonly forecast: (place: UpstreamPlace) => Promise<PullForecast | undefined>;
}

/** An image of an upstream. */
export interface UpstreamPlace {
  readonly upstreamId: string;
  readonly key: string;
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

export interface Question extends AskedCaller {
  /** The reference as it was asked for. */
  readonly text: string;
  readonly resolved: ResolvedReference;
}

/** Explains a reference. It asks no upstream, and changes nothing. */
export async function explainReference(
  deps: ExplainDeps,
  question: Question,
): Promise<ExplainedReference> {
  const { facts, names } = deps;
  const { text, resolved, user, groups } = question;
  const { upstream, repository, registry, reference } = resolved;
  const { caller, policy } = findCaller(facts, question, `${registry}/${repository}`);
  const { hasLogins } = facts;
  const findTags = findTagsOf(deps, resolved);
  const found = await decideRights({ caller, resolved, policy, hasLogins, findTags });
  const forecast =
    upstream &&
    (await deps.forecast({ upstreamId: upstream.id, key: upstream.key, repository, reference }));
  const checks = forecast?.checks ?? [];
  const place = placeOf(deps.storeRoot, resolved);
  const { manifest, referrers, pinned, notes } =
    place === undefined
      ? { referrers: [], pinned: false, notes: [] }
      : await readImage({ ...place, reference });
  const next = planNext(resolved, forecast, manifest);
  const served = names.upstreams.map(({ key }) => key);
  const asked = { text, user: user === 'anonymous' ? '' : user, groups, reference, served };
  return {
    ...{ image: found.image, reference, served: found.served },
    ...(upstream && { upstream: upstream.key }),
    ...(resolved.isHosted && { upstream: registry }),
    ...{ repository, user: caller.user ?? null, groups: [...caller.groups] },
    ...{ from: caller.address === '' ? null : caller.address, letIn: found.isLetIn },
    ...(found.tags && { tags: [...found.tags] }),
    rights: found.rights.map(({ isAllowed, right, ...why }) => {
      return { right, allowed: isAllowed, ...why };
    }),
    ...(checks.length > 0 && {
      checks: checks.map(({ rules, ...check }) => ({ ...check, rules: [...rules] })),
    }),
    ...(place !== undefined &&
      !isDigest(reference) && { tag: describeTag(next, forecast, manifest) }),
    ...(manifest !== undefined && {
      manifest: { ...manifest, ...(isDigest(reference) && { next: next.text }) },
    }),
    ...{ referrers, pinned },
    notes: [...listNotes(facts, asked, caller, found), ...noteChecks(found, checks), ...notes],
  };
}

interface Next {
  readonly code: string;
  readonly text: string;
}

function planNext(
  { isHosted }: ResolvedReference,
  forecast: PullForecast | undefined,
  manifest: StoredManifest | undefined,
): Next {
  if (!isHosted) {
    const text = 'not known, since egress does not answer';
    return forecast?.next ?? { code: 'unknown', text };
  }
  return manifest?.here === true
    ? { code: 'hosted', text: 'served from disk: it was pushed here' }
    : {
        code: 'absent',
        text: 'it is not here, and nobody else is asked: its images are pushed here',
      };
}

function describeTag(
  { code, text: next }: Next,
  forecast: PullForecast | undefined,
  manifest: StoredManifest | undefined,
): ExplainedTag {
  const digest = forecast?.tag?.digest ?? manifest?.digest;
  const { checkedMs, freshUntilMs } = forecast?.tag ?? {};
  // The wish of an operator stands in the place of the time.
  const isRemembered = checkedMs !== undefined && checkedMs !== RECHECK_WISH_MS;
  return {
    ...(digest !== undefined && { digest }),
    ...(isRemembered && { checked: formatTime(checkedMs) }),
    ...(isRemembered && freshUntilMs !== undefined && { freshUntil: formatTime(freshUntilMs) }),
    ...{ code, next },
  };
}

function placeOf(
  storeRoot: string,
  { isHosted, upstream, repository, registry }: ResolvedReference,
): { storeRoot: string; upstreamId: string; repository: string } | undefined {
  if (isHosted) {
    const place = { upstreamId: HOSTED_ID, repository: `${registry}/${repository}` };
    return { storeRoot: hostedDir(storeRoot), ...place };
  }
  return upstream && { storeRoot, upstreamId: upstream.id, repository };
}

function findTagsOf({ storeRoot, catalogOf }: ExplainDeps, resolved: ResolvedReference) {
  const place = placeOf(storeRoot, resolved);
  if (place === undefined) return async () => [];
  const { upstreamId, repository } = place;
  return (digest: string) =>
    catalogOf(place.storeRoot).tagsLeadingTo({ upstreamId, repository, digest });
}

function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
