import type { InputOf, OutputOf } from '../contract/verb.ts';
import type { Verbs } from '../contract/verbs.ts';
import type { AnswerDeps } from './answer-deps.ts';

type Answer<V> = (input: InputOf<V>, deps: AnswerDeps) => Promise<OutputOf<V>>;

export type Answers = { readonly [Name in keyof Verbs]: Answer<Verbs[Name]> };

/**
 * The function behind each verb. Its code is loaded at the first call, so that an idle worker stays
 * small.
 */
export const ANSWERS: Answers = {
  status: async (_, deps) => (await import('./status/answer-status.ts')).answerStatus(deps),
  ls: async (input, deps) => (await import('./ls/answer-ls.ts')).answerLs(input, deps),
  explain: async (input, deps) =>
    (await import('./explain/answer-explain.ts')).answerExplain(input, deps),
  saved: async (_, deps) => (await import('./saved/answer-saved.ts')).answerSaved(deps),
  trend: async (input, deps) => (await import('./trend/answer-trend.ts')).answerTrend(input, deps),
  upstreams: async (_, deps) =>
    (await import('./upstreams/answer-upstreams.ts')).answerUpstreams(deps),
  fetches: async (input, deps) =>
    (await import('./fetches/answer-fetches.ts')).answerFetches(input, deps),
  evictions: async (input, deps) =>
    (await import('./evictions/answer-evictions.ts')).answerEvictions(input, deps),
  misses: async (input, deps) =>
    (await import('./requests/answer-misses.ts')).answerMisses(input, deps),
  request: async (input, deps) =>
    (await import('./requests/answer-request.ts')).answerRequest(input, deps),
  pulls: async (input, deps) => (await import('./pulls/answer-pulls.ts')).answerPulls(input, deps),
  refusals: async (input, deps) =>
    (await import('./refusals/answer-refusals.ts')).answerRefusals(input, deps),
  jobs: async (_, deps) => (await import('./jobs/answer-jobs.ts')).answerJobs(deps),
  pins: async (_, deps) => (await import('./pins/answer-pins.ts')).answerPins(deps),
  pin: async (input, deps) => (await import('./pins/answer-pin.ts')).answerPin(input, deps),
  unpin: async (input, deps) => (await import('./pins/answer-unpin.ts')).answerUnpin(input, deps),
  recheck: async (input, deps) =>
    (await import('./recheck/answer-recheck.ts')).answerRecheck(input, deps),
  warm: async (input, deps) => (await import('./warm/answer-warm.ts')).answerWarm(input, deps),
  export: async (input, deps) =>
    (await import('./bundles/answer-export.ts')).answerExport(input, deps),
  import: async (input, deps) =>
    (await import('./bundles/answer-import.ts')).answerImport(input, deps),
  receipt: async (_, deps) => (await import('./receipt/answer-receipt.ts')).answerReceipt(deps),
  prune: async (input, deps) => (await import('./prune/answer-prune.ts')).answerPrune(input, deps),
  check: async (_, deps) => (await import('./check/answer-check.ts')).answerCheck(deps),
  reload: async (_, deps) => (await import('./reload/answer-reload.ts')).answerReload(deps),
  doctor: async (_, deps) => (await import('./doctor/answer-doctor.ts')).answerDoctor(deps),
  whoami: async (_, deps) => (await import('./whoami/answer-whoami.ts')).answerWhoami(deps),
};
