import type { InputOf, OutputOf } from '../contract/verb.ts';
import type { Verbs } from '../contract/verbs.ts';
import type { AnswerDeps } from './answer-deps.ts';

type Answer<V> = (input: InputOf<V>, deps: AnswerDeps) => Promise<OutputOf<V>>;

export type Answers = { readonly [Name in keyof Verbs]: Answer<Verbs[Name]> };

/**
 * What each verb does. The code of a verb is loaded at its first call, so that an idle worker stays
 * small.
 */
export const ANSWERS: Answers = {
  status: async (_, deps) => (await import('./status/answer-status.ts')).answerStatus(deps),
  ls: async (input, deps) => (await import('./ls/answer-ls.ts')).answerLs(input, deps),
  saved: async (_, deps) => (await import('./saved/answer-saved.ts')).answerSaved(deps),
  upstreams: async (_, deps) =>
    (await import('./upstreams/answer-upstreams.ts')).answerUpstreams(deps),
  fetches: async (input, deps) =>
    (await import('./fetches/answer-fetches.ts')).answerFetches(input, deps),
  evictions: async (input, deps) =>
    (await import('./evictions/answer-evictions.ts')).answerEvictions(input, deps),
  pulls: async (input, deps) => (await import('./pulls/answer-pulls.ts')).answerPulls(input, deps),
};
