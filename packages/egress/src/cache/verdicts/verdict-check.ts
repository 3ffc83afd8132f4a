import { parseDescriptors } from '@registry-cache/domain';
import { createBoundedMap, SingleFlight, waitAtMost } from '@registry-cache/runtime';
import { imageOf } from '../contract/image-of.ts';
import {
  ADMITTED,
  type Entering,
  type EntranceCheck,
  type EntranceVerdict,
} from '../entrance/entrance-check.ts';
import type { CheckedUpstream, Manifest, Outcome, Scope, VerdictCheckDeps } from './check-deps.ts';
import { Documents, type DocumentVerdict } from './documents.ts';
import { RepositoryMemory } from './repository-memory.ts';
import { RepositoryVerdicts } from './repository-verdicts.ts';

const MAX_RECENT = 10_000;
const UNKNOWN_FOR_MS = 5_000;
/** An index may name an index. More levels do not exist. */
const MAX_DEPTH = 3;
/** Of the manifests that name a blob, so many are checked again after a change of the rules. */
const MAX_OWNERS = 8;

/** Finds verdicts on images that enter, once for each digest, and keeps them. */
export class VerdictCheck<Upstream extends CheckedUpstream, Rule> {
  readonly #deps: VerdictCheckDeps<Upstream, Rule>;
  readonly #memory: RepositoryMemory<RepositoryVerdicts>;
  readonly #recent = createBoundedMap<string, { outcome: Outcome; untilMs: number }>(MAX_RECENT);
  readonly #searches = new SingleFlight<Outcome>();
  readonly #documents = new Documents();

  constructor(deps: VerdictCheckDeps<Upstream, Rule>) {
    this.#deps = deps;
    const { verdicts, onNotKept } = deps;
    this.#memory = new RepositoryMemory({
      read: async (...names) => new RepositoryVerdicts(await verdicts.read(...names)),
      write: (upstreamId, repository, { kept }) => verdicts.write(upstreamId, repository, kept),
      onNotKept,
    });
  }

  /** The check for the images of one upstream. */
  of(upstream: Upstream): EntranceCheck {
    const inScope = async (
      repository: string,
      work: (scope: Scope<Upstream, Rule>) => Promise<EntranceVerdict> | EntranceVerdict,
    ): Promise<EntranceVerdict> => {
      const scope = await this.scopeOf(upstream, repository);
      return scope === undefined ? ADMITTED : work(scope);
    };
    return {
      phase: this.#deps.phase,
      hasRules: (repository) => this.#deps.rulesOf(imageOf(upstream.key, repository)) !== undefined,
      check: (entering) => inScope(entering.repository, (scope) => this.#check(scope, entering)),
      checkBlob: (repository, digest) =>
        inScope(repository, (scope) => this.#checkBlob(scope, digest)),
      recall: (repository, digest) => inScope(repository, (scope) => this.#recall(scope, digest)),
    };
  }

  /** A repository with what is known of its images; undefined where no rule is about it. */
  async scopeOf(
    upstream: Upstream,
    repository: string,
  ): Promise<Scope<Upstream, Rule> | undefined> {
    const image = imageOf(upstream.key, repository);
    const rules = this.#deps.rulesOf(image);
    if (rules === undefined) return undefined;
    const verdicts = await this.#memory.open(upstream.upstreamId, repository);
    verdicts.useGeneration(rules.generation);
    return { upstream, repository, image, rules, verdicts };
  }

  async #check(scope: Scope<Upstream, Rule>, entering: Entering): Promise<EntranceVerdict> {
    const { verdicts } = scope;
    const { digest, bytes, isHere } = entering;
    const kind = verdicts.isVerified(digest) ? 'image' : await this.judgeKind(scope, entering);
    if (kind === 'document') {
      verdicts.pass(digest, bytes);
      return ADMITTED;
    }
    const outcome: Outcome =
      kind === 'image'
        ? await this.#judge(scope, entering, 0)
        : { kind: 'unknown', reason: kind.unknown };
    if (outcome.kind === 'refused') return outcome;
    // What cannot be checked and is here will be served, so its layers have to be as well.
    const isServed = outcome.kind === 'verified' || isHere;
    if (isServed && !verdicts.isVerified(digest)) verdicts.pass(digest, bytes);
    return outcome.kind === 'verified' ? ADMITTED : outcome;
  }

  /** Whether a manifest is a document about an image, which needs no verdict of its own. */
  judgeKind({ upstream }: Scope<Upstream, Rule>, entering: Entering): Promise<DocumentVerdict> {
    return this.#documents.judge(upstream.readBlob, entering);
  }

  /** The verdict on one manifest: a kept one, that of the index that names it, or a new one. */
  async #judge(scope: Scope<Upstream, Rule>, manifest: Manifest, depth: number): Promise<Outcome> {
    const { verdicts } = scope;
    const { digest } = manifest;
    const known = verdicts.kept.get(digest);
    if (known !== undefined && verdicts.isVerified(digest)) {
      this.#keep(scope, manifest, known.by, known.parent);
      return { kind: 'verified', by: known.by };
    }
    const parent = depth < MAX_DEPTH ? known?.parent : undefined;
    const index = parent === undefined ? undefined : await this.#deps.store.readBlob(parent);
    if (parent !== undefined && index !== undefined && names(index, digest)) {
      const above = await this.#judge(scope, { digest: parent, bytes: index }, depth + 1);
      if (above.kind === 'verified') this.#keep(scope, manifest, above.by, parent);
      if (above.kind !== 'refused') return above;
    }
    return this.#recentOf(scope, digest) ?? this.#search(scope, manifest);
  }

  /** Looks for the verdict, once for all callers at the same time. */
  #search(scope: Scope<Upstream, Rule>, manifest: Manifest): Promise<Outcome> {
    const key = recentKey(scope, manifest.digest);
    const { find, refusedForMs, patience, now } = this.#deps;
    const search = this.#searches.join(key, async () => {
      const outcome = this.#stillRefused(scope, manifest, await find(scope, manifest));
      const forMs = outcome.kind === 'refused' ? refusedForMs : UNKNOWN_FOR_MS;
      this.#recent.set(key, { outcome, untilMs: now() + forMs });
      if (outcome.kind === 'verified' && outcome.isLasting !== false) {
        this.#keep(scope, manifest, outcome.by);
      }
      if (outcome.kind === 'refused') this.#refuse(scope, manifest, outcome.reason);
      return outcome;
    });
    if (patience === undefined) return search;
    const { limitMs, reason } = patience;
    return waitAtMost(limitMs, search, () => ({ kind: 'unknown', reason }) as const);
  }

  /** What was refused stays refused while nobody can be asked. */
  #stillRefused(
    { verdicts }: Scope<Upstream, Rule>,
    { digest }: Manifest,
    outcome: Outcome,
  ): Outcome {
    const reason = outcome.kind === 'unknown' ? verdicts.refusalOf(digest) : undefined;
    return reason === undefined ? outcome : { kind: 'refused', reason };
  }

  /** Keeps a refusal of what is here. Anything else is not served without a good verdict. */
  #refuse(
    { upstream, repository, verdicts }: Scope<Upstream, Rule>,
    { digest, isHere }: Manifest,
    reason: string,
  ): void {
    if (isHere === true && verdicts.refuse(digest, reason)) {
      this.#memory.write(upstream.upstreamId, repository, verdicts);
    }
  }

  async #checkBlob(scope: Scope<Upstream, Rule>, digest: string): Promise<EntranceVerdict> {
    const { rules, verdicts, repository } = scope;
    if (!rules.isEnforced) return ADMITTED;
    const { store } = this.#deps;
    const owners = await verdicts.ownersOf(digest, store.readBlob);
    if (owners.some((owner) => verdicts.isAdmitted(owner))) return ADMITTED;
    // The rules may have changed since the client got the manifest.
    let verdict: EntranceVerdict = { kind: 'refused', reason: this.#deps.noImage };
    for (const owner of owners.slice(0, MAX_OWNERS)) {
      const bytes = await store.readBlob(owner);
      if (bytes === undefined) continue;
      const entering = { repository, tag: undefined, digest: owner, bytes, isHere: true };
      verdict = await this.#check(scope, entering);
      if (verdict.kind !== 'refused') return ADMITTED;
    }
    return verdict;
  }

  #recall(scope: Scope<Upstream, Rule>, digest: string): EntranceVerdict {
    if (scope.verdicts.isVerified(digest)) return ADMITTED;
    const recent = this.#recentOf(scope, digest);
    return recent?.kind === 'refused' ? recent : ADMITTED;
  }

  #recentOf(scope: Scope<Upstream, Rule>, digest: string): Outcome | undefined {
    const recent = this.#recent.get(recentKey(scope, digest));
    return recent && recent.untilMs > this.#deps.now() ? recent.outcome : undefined;
  }

  #keep(
    { upstream, repository, verdicts }: Scope<Upstream, Rule>,
    { digest, bytes }: Manifest,
    by: string,
    parent?: string,
  ): void {
    if (verdicts.keep(digest, bytes, by, parent)) {
      this.#memory.write(upstream.upstreamId, repository, verdicts);
    }
  }
}

function names(index: Uint8Array, digest: string): boolean {
  return parseDescriptors(index).some((one) => one.isManifest && one.digest === digest);
}

function recentKey<Upstream extends CheckedUpstream>(
  { upstream, repository, rules }: Scope<Upstream, unknown>,
  digest: string,
): string {
  return [upstream.upstreamId, repository, digest, rules.generation].join(' ');
}
