import { Script } from 'node:vm';
import type { TagRules } from '@registry-cache/domain';

/** How long the digest of a tag may be served. */
export interface Tier {
  /** Milliseconds without asking the upstream; 0 for a tag that is checked at each request. */
  readonly timeMs: number;
  /** Milliseconds after that, in which it is served while the upstream is asked. */
  readonly graceMs: number;
}

export type TierOf = (tag: string) => Tier;

const CAPACITY = 2_000;
/** A tag has 128 characters at most. Only a regex with runaway backtracking needs longer. */
const LIMIT_MS = 50;
/** How often a match is tried that got too little of a busy processor within the limit. */
const TRIES = 4;

const known = new WeakMap<TagRules, TierOf>();

/** Finds the tiers of an upstream's tags. Each tag is matched once. */
export function tiersOf(rules: TagRules): TierOf {
  const made = known.get(rules) ?? createTiers(rules);
  known.set(rules, made);
  return made;
}

function createTiers({ tiers, defaultMs }: TagRules): TierOf {
  const found = new Map<string, Tier>();
  return (tag) => {
    const remembered = found.get(tag);
    if (remembered !== undefined) return remembered;
    const first = tiers.find(({ regex }) => matchesStart(regex, tag));
    const tier = { timeMs: first?.timeMs ?? defaultMs, graceMs: first?.graceMs ?? 0 };
    if (found.size === CAPACITY) found.clear();
    found.set(tag, tier);
    return tier;
  };
}

/**
 * Whether a regex matches the tag from its start. It need not match to the end: such regexes come
 * from location fragments of nginx proxies, which are anchored in this way. The operator wrote the
 * regex and a client chose the tag, so their match has a time limit. After it, the tag does not match.
 */
function matchesStart(regex: string, tag: string): boolean {
  const source = JSON.stringify(`^(?:${regex})`);
  const script = new Script(`new RegExp(${source}).test(${JSON.stringify(tag)})`);
  for (let tries = 1; ; tries += 1) {
    const before = process.threadCpuUsage();
    try {
      return script.runInThisContext({ timeout: LIMIT_MS }) === true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      const { user, system } = process.threadCpuUsage(before);
      // The limit is a time on the clock. On a busy machine most of it may have gone elsewhere.
      if ((user + system) / 1000 > LIMIT_MS / 2 || tries === TRIES) return false;
    }
  }
}
