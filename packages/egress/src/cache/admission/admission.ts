import type { AdmissionAsk, AdmissionRule } from '@registry-cache/domain';
import type { Entering, EntranceCheck, EntranceVerdict } from '../entrance/entrance-check.ts';
import type { Manifest, Outcome, Scope } from '../verdicts/check-deps.ts';
import { RepositoryMemory } from '../verdicts/repository-memory.ts';
import { VerdictCheck } from '../verdicts/verdict-check.ts';
import type { AdmissionDeps, AdmissionUpstream } from './admission-deps.ts';
import { FirstSeen } from './first-seen.ts';
import { planAge } from './plan-age.ts';
import { planAnswers } from './plan-answers.ts';
import { type Answer, buildQuestion, type Question } from './question.ts';

/** A scanner's no may change when it learns more, but not soon. */
const REFUSED_FOR_MS = 5 * 60_000;
/** Clients wait for so long. They come again, and get the answer to the same question. */
const PATIENCE_MS = 15_000;
/** A scanner that gets more at a time would answer none of them in time. */
const MAX_QUESTIONS = 64;

type AdmissionScope = Scope<AdmissionUpstream, AdmissionRule>;

/** Admits images that are old enough, and that a scanner admits. */
export class Admission {
  readonly #deps: AdmissionDeps;
  readonly #verdicts: VerdictCheck<AdmissionUpstream, AdmissionRule>;
  readonly #seen: RepositoryMemory<FirstSeen>;
  #questions = 0;

  constructor(deps: AdmissionDeps) {
    const { onDecision: _, seen, ...verdictDeps } = deps;
    this.#deps = deps;
    this.#verdicts = new VerdictCheck({
      ...verdictDeps,
      phase: 'admission',
      noImage: 'no image that was admitted here has it; pull the image first',
      refusedForMs: REFUSED_FOR_MS,
      patience: { limitMs: PATIENCE_MS, reason: 'the scanner has not answered yet' },
      find: (scope, manifest) => this.#ask(scope, manifest),
    });
    this.#seen = new RepositoryMemory({
      read: async (...names) => new FirstSeen(await seen.read(...names)),
      write: (upstreamId, repository, { times }) => seen.write(upstreamId, repository, times),
      onNotKept: deps.onNotKept,
    });
  }

  /** The check for the images of one upstream. */
  of(upstream: AdmissionUpstream): EntranceCheck {
    const check = this.#verdicts.of(upstream);
    return {
      ...check,
      check: async (entering) => {
        const scope = await this.#verdicts.scopeOf(upstream, entering.repository);
        const young = scope && (await this.#checkAge(scope, entering));
        return young ?? check.check(entering);
      },
    };
  }

  /** The refusal of a manifest that is too young. */
  async #checkAge(scope: AdmissionScope, entering: Entering): Promise<EntranceVerdict | undefined> {
    const { tag, digest, bytes, isHere } = entering;
    const { upstream, repository, image, rules, verdicts } = scope;
    if (rules.rules.every(({ minimumAgeMs }) => minimumAgeMs === undefined)) return undefined;
    // What is here was admitted under some tag, or was here before the rules.
    if (tag === undefined && (isHere || verdicts.kept.has(digest))) return undefined;
    const { upstreamId } = upstream;
    const seen = await this.#seen.open(upstreamId, repository);
    const nowMs = this.#deps.now();
    const firstMs = seen.find(tag, digest);
    const plan = planAge(rules.rules, { firstMs, nowMs, hasTag: tag !== undefined });
    if (plan?.reason === undefined) return undefined;
    const kind = await this.#verdicts.judgeKind(scope, entering);
    if (kind === 'document') return undefined;
    if (kind !== 'image') return { kind: 'unknown', reason: kind.unknown };
    // The last digest of a tag replaces nothing.
    if (tag !== undefined) {
      const last = await this.#deps.tags.read({ upstreamId, repository, tag });
      if (last?.digest === digest) return undefined;
    }
    const { rule, reason, sinceMs, isNew } = plan;
    if (isNew) {
      seen.note(tag, digest, sinceMs);
      this.#seen.write(upstreamId, repository, seen);
      if (!isHere) upstream.keepWaiting(repository, digest, bytes);
      const told = { outcome: 'waiting', rule: rule.number, because: reason } as const;
      this.#deps.onDecision({ upstream: upstream.key, image, digest, ...told });
    }
    return { kind: 'refused', reason };
  }

  /** Asks the scanners of all rules. Where no rule has one, age was enough. */
  async #ask(scope: AdmissionScope, manifest: Manifest): Promise<Outcome> {
    const { upstream, repository, image, rules } = scope;
    const { digest, bytes, tag, isHere } = manifest;
    const asking = rules.rules.flatMap((rule) => (rule.ask ? [{ rule, ask: rule.ask }] : []));
    // The layers arrive while the scanner works.
    if (isHere === false && asking.length > 0) upstream.keepWaiting(repository, digest, bytes);
    const question = buildQuestion({ image, tag, digest, bytes });
    const answers = asking.map(async ({ rule, ask }) => {
      return { rule, answer: await this.#askOne(ask, question) };
    });
    const reason = isHere === true ? 'it was here already' : 'it is old enough';
    const answer = { kind: 'yes', reason } as const;
    const aged = rules.rules.slice(0, 1).map((rule) => ({ rule, answer }));
    const { outcome, decisions } = planAnswers(
      answers.length > 0 ? await Promise.all(answers) : aged,
    );
    for (const decision of decisions) {
      this.#deps.onDecision({ upstream: upstream.key, image, digest, ...decision });
    }
    return outcome;
  }

  async #askOne(ask: AdmissionAsk, question: Question): Promise<Answer> {
    if (this.#questions >= MAX_QUESTIONS) {
      return { kind: 'none', reason: `${MAX_QUESTIONS} other images wait for the scanner` };
    }
    this.#questions += 1;
    try {
      return await this.#deps.ask(ask, question);
    } finally {
      this.#questions -= 1;
    }
  }
}
