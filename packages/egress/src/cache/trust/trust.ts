import { parseDescriptors } from '@registry-cache/domain';
import { createBoundedMap, SingleFlight } from '@registry-cache/runtime';
import { checkSignatures, isAccessory } from '@registry-cache/trust';
import { whileClientOpen } from '../contract/keep-client-open.ts';
import { imageOf } from '../contract/list-rights.ts';
import {
  ADMITTED,
  type Entering,
  type EntranceCheck,
  type EntranceVerdict,
} from '../entrance/entrance-check.ts';
import { planVerdict, type SignatureOutcome } from './plan-verdict.ts';
import type { RepositoryVerdicts } from './repository-verdicts.ts';
import { createSignatureSource } from './signature-source.ts';
import type { TrustDeps, TrustUpstream } from './trust-deps.ts';
import type { RulesOfImage } from './trust-rules.ts';
import { VerdictMemory } from './verdict-memory.ts';

const MAX_RECENT = 10_000;
/** An image may be signed a moment after it was pushed. */
const REFUSED_FOR_MS = 30_000;
const UNKNOWN_FOR_MS = 5_000;
/** An index may name an index. More levels do not exist. */
const MAX_DEPTH = 3;
/** Of the manifests that name a blob, so many are checked again after a change of the rules. */
const MAX_OWNERS = 8;

/** The repository of a check, and the rules for it. */
interface Scope {
  readonly upstream: TrustUpstream;
  readonly repository: string;
  readonly rules: RulesOfImage;
  readonly verdicts: RepositoryVerdicts;
}

type Manifest = Pick<Entering, 'digest' | 'bytes'>;

/** Checks the signatures of images that enter, and keeps the good verdicts. */
export class Trust {
  readonly #deps: TrustDeps;
  readonly #memory: VerdictMemory;
  readonly #recent = createBoundedMap<string, { outcome: SignatureOutcome; untilMs: number }>(
    MAX_RECENT,
  );
  readonly #searches = new SingleFlight<SignatureOutcome>();

  constructor(deps: TrustDeps) {
    this.#deps = deps;
    this.#memory = new VerdictMemory(deps);
  }

  /** The check for the images of one upstream. */
  of(upstream: TrustUpstream): EntranceCheck {
    const inScope = async (
      repository: string,
      work: (scope: Scope) => Promise<EntranceVerdict> | EntranceVerdict,
    ): Promise<EntranceVerdict> => {
      const rules = this.#deps.rules()?.(imageOf(upstream.key, repository));
      if (rules === undefined) return ADMITTED;
      const { generation } = rules;
      const verdicts = await this.#memory.open(upstream.upstreamId, repository, generation);
      return work({ upstream, repository, rules, verdicts });
    };
    return {
      phase: 'trust',
      check: (entering) => inScope(entering.repository, (scope) => this.#check(scope, entering)),
      checkBlob: (repository, digest) =>
        inScope(repository, (scope) => this.#checkBlob(scope, digest)),
      recall: (repository, digest) => inScope(repository, (scope) => this.#recall(scope, digest)),
    };
  }

  async #check(scope: Scope, entering: Omit<Entering, 'repository'>): Promise<EntranceVerdict> {
    const { verdicts } = scope;
    const { tag, digest, bytes, isHere } = entering;
    if (!verdicts.isVerified(digest) && isAccessory(tag, bytes)) {
      verdicts.pass(digest, bytes);
      return ADMITTED;
    }
    const outcome = await this.#judge(scope, entering, 0);
    if (outcome.kind === 'refused') return outcome;
    // What cannot be checked and is here will be served, so its layers have to be as well.
    const isServed = outcome.kind === 'verified' || isHere;
    if (isServed && !verdicts.isVerified(digest)) verdicts.pass(digest, bytes);
    return outcome.kind === 'verified' ? ADMITTED : outcome;
  }

  /** The verdict on one manifest: a kept one, that of the index that names it, or a new one. */
  async #judge(scope: Scope, manifest: Manifest, depth: number): Promise<SignatureOutcome> {
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
    const recent = this.#recentOf(scope, digest);
    if (recent !== undefined) return recent;
    const outcome = await this.#search(scope, manifest);
    if (outcome.kind === 'verified' && outcome.isLasting !== false) {
      this.#keep(scope, manifest, outcome.by);
    }
    return outcome;
  }

  /** Looks for the signatures, once for all callers at the same time. */
  #search(scope: Scope, { digest, bytes }: Manifest): Promise<SignatureOutcome> {
    const { upstream, repository, rules } = scope;
    const key = recentKey(scope, digest);
    return this.#searches.join(key, () =>
      whileClientOpen(upstream, async () => {
        const { repositoryPrefix } = upstream;
        const prefixed = repositoryPrefix === '' ? [] : [`${repositoryPrefix}/${repository}`];
        const found = await checkSignatures(
          createSignatureSource(upstream, repository),
          { repositories: [repository, ...prefixed], digest, bytes },
          rules.rules,
        );
        const { outcome, decisions } = planVerdict(rules.rules, found);
        const image = imageOf(upstream.key, repository);
        for (const decision of decisions) {
          this.#deps.onDecision({ upstream: upstream.key, image, digest, ...decision });
        }
        const forMs = outcome.kind === 'refused' ? REFUSED_FOR_MS : UNKNOWN_FOR_MS;
        this.#recent.set(key, { outcome, untilMs: this.#deps.now() + forMs });
        return outcome;
      }),
    );
  }

  async #checkBlob(scope: Scope, digest: string): Promise<EntranceVerdict> {
    const { rules, verdicts } = scope;
    if (!rules.isEnforced) return ADMITTED;
    const { store } = this.#deps;
    const owners = await verdicts.ownersOf(digest, store.readBlob);
    if (owners.some((owner) => verdicts.isAdmitted(owner))) return ADMITTED;
    // The rules may have changed since the client got the manifest.
    let verdict: EntranceVerdict = {
      kind: 'refused',
      reason: 'no image that was pulled here with a good signature has it; pull the image first',
    };
    for (const owner of owners.slice(0, MAX_OWNERS)) {
      const bytes = await store.readBlob(owner);
      if (bytes === undefined) continue;
      verdict = await this.#check(scope, { tag: undefined, digest: owner, bytes, isHere: true });
      if (verdict.kind !== 'refused') return ADMITTED;
    }
    return verdict;
  }

  #recall(scope: Scope, digest: string): EntranceVerdict {
    if (scope.verdicts.isVerified(digest)) return ADMITTED;
    const recent = this.#recentOf(scope, digest);
    return recent?.kind === 'refused' ? recent : ADMITTED;
  }

  #recentOf(scope: Scope, digest: string): SignatureOutcome | undefined {
    const recent = this.#recent.get(recentKey(scope, digest));
    return recent && recent.untilMs > this.#deps.now() ? recent.outcome : undefined;
  }

  #keep(scope: Scope, { digest, bytes }: Manifest, by: string, parent?: string): void {
    const { upstream, repository, verdicts } = scope;
    if (verdicts.keep(digest, bytes, by, parent)) {
      this.#memory.write(upstream.upstreamId, repository, verdicts);
    }
  }
}

function names(index: Uint8Array, digest: string): boolean {
  return parseDescriptors(index).some((one) => one.isManifest && one.digest === digest);
}

function recentKey({ upstream, repository, rules }: Scope, digest: string): string {
  return [upstream.upstreamId, repository, digest, rules.generation].join(' ');
}
