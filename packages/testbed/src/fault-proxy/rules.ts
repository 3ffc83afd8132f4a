import { matches, type RequestMatcher, type SeenRequest } from './requests.ts';

/**
 * A fault for a request. The first four replace the upstream's response. The others change it,
 * and can be combined. Byte positions are in the body that is sent.
 */
export type FaultAction =
  /** Reset the connection without a response. */
  | { readonly refuse: true }
  /** Accept the request and never answer. */
  | { readonly silent: true }
  | { readonly respond: FaultResponse }
  /** 307 to another address. */
  | { readonly redirect: (request: SeenRequest) => string }
  /** Wait before anything else happens. */
  | { readonly delayMs: number }
  | { readonly cutAtByte: number }
  | { readonly stallAtByte: number }
  | { readonly corruptByte: number }
  /** The rate is for `each` body, or `all` bodies of the rule share it. */
  | { readonly bytesPerSecond: number; readonly share?: 'each' | 'all' }
  /** Headers of the upstream's response. Names are in lower case. */
  | { readonly dropHeaders: readonly string[] }
  | { readonly setHeaders: Readonly<Record<string, string>> }
  /** Send the whole body with 200, as a registry without support for Range. */
  | { readonly ignoreRange: true };

export interface FaultResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface FaultRule {
  /** Default every request. */
  readonly when?: RequestMatcher & {
    /** Only the first (1), second … of the requests that match the rest. */
    readonly nth?: number | readonly number[];
  };
  /** The rule applies so many times at most. */
  readonly times?: number;
  readonly do: FaultAction | readonly FaultAction[];
}

/** One action that applies, and its rule, which identifies a shared rate. */
export interface PlannedAction {
  readonly action: FaultAction;
  readonly rule: FaultRule;
}

export interface RuleBook {
  /** Evaluated in order. Matching rules apply, up to the first one with a response. */
  rules: readonly FaultRule[];
  plan(request: SeenRequest): PlannedAction[];
}

export function openRuleBook(rules: readonly FaultRule[] = []): RuleBook {
  const matched = new WeakMap<FaultRule, number>();
  const applied = new WeakMap<FaultRule, number>();
  const applies = (rule: FaultRule, request: SeenRequest): boolean => {
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
        if (actions.some(({ action }) => respondsByItself(action))) break;
      }
      return planned;
    },
  };
  return book;
}

export function respondsByItself(action: FaultAction): boolean {
  return 'refuse' in action || 'silent' in action || 'respond' in action || 'redirect' in action;
}

function count(counts: WeakMap<FaultRule, number>, rule: FaultRule): number {
  const next = (counts.get(rule) ?? 0) + 1;
  counts.set(rule, next);
  return next;
}
