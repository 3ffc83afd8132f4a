import { matches, type RequestMatcher, type SeenRequest } from './requests.ts';

/**
 * What to do to a request. The first four answer in the upstream's place; the others change
 * what passes and can be combined. Bytes are counted in the body that is being sent.
 */
export type FrontAction =
  /** Reset the connection without a word. */
  | { readonly refuse: true }
  /** Take the request and never answer. */
  | { readonly silent: true }
  | { readonly answer: FrontAnswer }
  /** 307 to another address. */
  | { readonly redirect: (request: SeenRequest) => string }
  /** Wait before anything else happens. */
  | { readonly delayMs: number }
  | { readonly cutAtByte: number }
  | { readonly stallAtByte: number }
  | { readonly corruptByte: number }
  /** `each` body has the rate for itself, or `all` that the rule meets share it. */
  | { readonly bytesPerSecond: number; readonly share?: 'each' | 'all' }
  /** Names in lower case; of the upstream's answer. */
  | { readonly dropHeaders: readonly string[] }
  | { readonly setHeaders: Readonly<Record<string, string>> }
  /** Send the whole body with 200, as registries do that know no Range. */
  | { readonly ignoreRange: true };

export interface FrontAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface FrontRule {
  /** Default every request. */
  readonly when?: RequestMatcher & {
    /** Only the first (1), second … of the requests that match the rest. */
    readonly nth?: number | readonly number[];
  };
  /** How often at most. */
  readonly times?: number;
  readonly do: FrontAction | readonly FrontAction[];
}

/** One action that applies, and the rule it came from: what its requests share hangs on that. */
export interface PlannedAction {
  readonly action: FrontAction;
  readonly rule: FrontRule;
}

export interface RuleBook {
  /** Evaluated in order; every rule that matches applies, up to the first that answers by itself. */
  rules: readonly FrontRule[];
  plan(request: SeenRequest): PlannedAction[];
}

export function openRuleBook(rules: readonly FrontRule[] = []): RuleBook {
  const matched = new WeakMap<FrontRule, number>();
  const applied = new WeakMap<FrontRule, number>();
  const applies = (rule: FrontRule, request: SeenRequest): boolean => {
    const { when = {}, times = Number.POSITIVE_INFINITY } = rule;
    if (!matches(request, when)) return false;
    if (when.nth !== undefined && ![when.nth].flat().includes(count(matched, rule))) return false;
    return (applied.get(rule) ?? 0) < times && count(applied, rule) > 0;
  };
  const book: RuleBook = {
    rules,
    plan(request) {
      const planned: PlannedAction[] = [];
      for (const rule of book.rules) {
        if (!applies(rule, request)) continue;
        const actions = [rule.do].flat().map((action) => ({ action, rule }));
        planned.push(...actions);
        if (actions.some(({ action }) => answersByItself(action))) break;
      }
      return planned;
    },
  };
  return book;
}

export function answersByItself(action: FrontAction): boolean {
  return 'refuse' in action || 'silent' in action || 'answer' in action || 'redirect' in action;
}

function count(counts: WeakMap<FrontRule, number>, rule: FrontRule): number {
  const next = (counts.get(rule) ?? 0) + 1;
  counts.set(rule, next);
  return next;
}
