import { setTimeout as sleep } from 'node:timers/promises';
import type { FollowedList } from '@registry-cache/domain';
import type { FollowedState } from './followed-state.ts';
import { chooseDue, planDueMs } from './plan-due.ts';
import type { ListRun } from './run-list.ts';

export interface FollowDeps {
  /** The lists that the policy file names now. */
  readonly lists: () => Promise<readonly FollowedList[]>;
  /** The state of a list's file. It changes whenever the file does. */
  readonly markOf: (list: string) => Promise<string>;
  /** Whether images can be asked for. */
  readonly isReady: () => boolean;
  readonly run: (list: FollowedList, signal: AbortSignal) => Promise<ListRun>;
  readonly known: readonly FollowedState[];
  /** Keeps what is known of the lists, whenever it has changed. */
  readonly keep: (states: readonly FollowedState[]) => Promise<void>;
  readonly onEnd: (list: string, run: ListRun) => void;
  readonly signal: AbortSignal;
  readonly now?: () => number;
  readonly lookEveryMs?: number;
}

const LOOK_EVERY_MS = 1_000;

/**
 * Warms by each list when it is due, one at a time, until `signal` is aborted. A list that is not
 * followed any more is left at once.
 */
export async function followLists(deps: FollowDeps): Promise<void> {
  const { signal, now = Date.now, lookEveryMs = LOOK_EVERY_MS } = deps;
  const states = new Map(deps.known.map((state) => [state.list, state]));
  let kept = JSON.stringify(deps.known);
  const keep = async () => {
    const all = [...states.values()];
    const text = JSON.stringify(all);
    if (text !== kept) await deps.keep(all);
    kept = text;
  };
  const pause = () => sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
  while (!signal.aborted) {
    const lists = await deps.lists();
    for (const list of states.keys()) if (!isListed(lists, list)) states.delete(list);
    const looked = await Promise.all(lists.map((one) => look(deps, one, states, now())));
    for (const { list, everyMs, dueMs } of looked) {
      const state = states.get(list);
      if (state === undefined) continue;
      states.set(list, { ...state, everyMs, ...(dueMs > 0 && { nextMs: dueMs }) });
    }
    await keep();
    const due = deps.isReady() ? chooseDue(looked, now()) : undefined;
    if (due === undefined) {
      await pause();
      continue;
    }
    states.set(due.list, begin(due, states.get(due.list), now()));
    await keep();
    const run = await runWhileListed(deps, due, lookEveryMs);
    if (signal.aborted) break;
    const ended = end(due, states.get(due.list), run, now());
    if (ended !== undefined) states.set(due.list, ended);
    deps.onEnd(due.list, run);
    await keep();
  }
}

function isListed(lists: readonly FollowedList[], list: string): boolean {
  return lists.some((one) => one.list === list);
}

type Looked = FollowedList & { readonly mark: string; readonly dueMs: number };

async function look(
  { markOf }: Pick<FollowDeps, 'markOf'>,
  one: FollowedList,
  states: ReadonlyMap<string, FollowedState>,
  nowMs: number,
): Promise<Looked> {
  const mark = await markOf(one.list);
  return { ...one, mark, dueMs: planDueMs(one, states.get(one.list), mark, nowMs) };
}

function begin(
  { list, everyMs, mark }: Looked,
  before: FollowedState | undefined,
  nowMs: number,
): FollowedState {
  const { succeededMs, error, failures = 0, failuresInARow = 0 } = before ?? {};
  return {
    ...{ list, everyMs, mark, startedMs: nowMs, failures, failuresInARow },
    ...(succeededMs !== undefined && { succeededMs }),
    ...(error !== undefined && { error }),
  };
}

function end(
  due: Looked,
  state: FollowedState | undefined,
  { error }: ListRun,
  nowMs: number,
): FollowedState | undefined {
  if (state === undefined) return undefined;
  const { list, everyMs, mark, startedMs, succeededMs, failures, failuresInARow } = state;
  const shared = { list, everyMs, mark, startedMs, endedMs: nowMs };
  const ended: FollowedState =
    error === undefined
      ? { ...shared, succeededMs: nowMs, failures, failuresInARow: 0 }
      : {
          ...{ ...shared, error, failures: failures + 1, failuresInARow: failuresInARow + 1 },
          ...(succeededMs !== undefined && { succeededMs }),
        };
  return { ...ended, nextMs: planDueMs(due, ended, mark, nowMs) };
}

/** Ends the run when its list is not followed any more. */
async function runWhileListed(
  deps: FollowDeps,
  due: FollowedList,
  lookEveryMs: number,
): Promise<ListRun> {
  const stop = new AbortController();
  const look = async () => {
    if (!isListed(await deps.lists(), due.list)) stop.abort();
  };
  const timer = setInterval(() => void look(), lookEveryMs);
  try {
    return await deps.run(due, AbortSignal.any([deps.signal, stop.signal]));
  } finally {
    clearInterval(timer);
  }
}
