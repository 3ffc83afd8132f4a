import type { VerbName, VerbOutput } from '@registry-cache/admin/contract';
import { ask, formatUrl, type Input } from './ask.ts';
import { noteAnswer, noteAway } from './connection.ts';
import { AwayError } from './errors.ts';
import { planNextMs } from './plan-next.ts';

/** The state of a question. */
export interface Known<Name extends VerbName> {
  /** The last answer; undefined before the first one. */
  readonly answer: VerbOutput<Name> | undefined;
  /** Why the last question failed; undefined if it did not. */
  readonly error: string | undefined;
}

/** A question that is asked again and again while somebody looks at its answer. */
export interface Watch<Name extends VerbName> {
  readonly known: Known<Name>;
  /** Whether somebody looks at the answer. */
  readonly isWatched: boolean;
  /** Calls back after each answer. Returns what ends it. */
  subscribe(listener: () => void, everyMs: number): () => void;
  /** Asks at once, such as after a change. */
  refresh(): void;
}

/** So many answers stay, so that a look that was left is there at once when it is opened again. */
const KEPT = 60;

const watches = new Map<string, Watch<VerbName>>();

/** The watch of a question. Equal questions share one. */
export function watch<Name extends VerbName>(name: Name, input: Input<Name>): Watch<Name> {
  const key = formatUrl(name, input);
  const found = watches.get(key) ?? createWatch<VerbName>(name, input);
  // The last used is the last to go.
  watches.delete(key);
  watches.set(key, found);
  for (const [oldest, { isWatched }] of watches) {
    if (watches.size <= KEPT) break;
    if (!isWatched && oldest !== key) watches.delete(oldest);
  }
  // The key begins with the name of the verb.
  return found as unknown as Watch<Name>;
}

/** Asks every question at once that somebody looks at. */
export function refreshAll(): void {
  for (const one of watches.values()) one.refresh();
}

function createWatch<Name extends VerbName>(name: Name, input: Input<Name>): Watch<Name> {
  let known: Known<Name> = { answer: undefined, error: undefined };
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;
  const listeners = new Map<() => void, number>();

  async function askOnce(): Promise<void> {
    clearTimeout(timer);
    asking?.abort();
    const controller = new AbortController();
    asking = controller;
    try {
      const { answer, serverMs } = await ask(name, input, controller.signal);
      noteAnswer(serverMs);
      failures = 0;
      known = { answer, error: undefined };
    } catch (error) {
      if (controller.signal.aborted) return;
      failures += 1;
      if (error instanceof AwayError) noteAway();
      known = { ...known, error: error instanceof Error ? error.message : String(error) };
    }
    if (asking === controller) asking = undefined;
    plan();
    for (const listener of [...listeners.keys()]) listener();
  }

  function plan(): void {
    clearTimeout(timer);
    if (listeners.size === 0) return;
    const everyMs = Math.min(...listeners.values());
    timer = setTimeout(askOnce, planNextMs({ everyMs, hidden: document.hidden, failures }));
  }

  return {
    get known() {
      return known;
    },
    get isWatched() {
      return listeners.size > 0;
    },
    subscribe(listener, everyMs) {
      const isFirst = listeners.size === 0;
      listeners.set(listener, everyMs);
      if (isFirst) void askOnce();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearTimeout(timer);
        asking?.abort();
      };
    },
    refresh() {
      if (listeners.size > 0) void askOnce();
    },
  };
}
