import { Script } from 'node:vm';
import type { TagRules } from '@registry-cache/domain';

/** How good the digest of a tag is. */
export interface Tier {
  /** For how many milliseconds; 0 for a tag that is always asked for. */
  readonly timeMs: number;
  /** For how many after that it is served while it is checked. */
  readonly graceMs: number;
}

export type TierOf = (tag: string) => Tier;

const REMEMBERED = 2_000;
/** A tag has 128 characters at most; only a regex that runs wild needs longer than this. */
const LIMIT_MS = 50;

const known = new WeakMap<TagRules, TierOf>();

/** The tiers of an upstream, each tag's looked up once. */
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
    if (found.size === REMEMBERED) found.clear();
    found.set(tag, tier);
    return tier;
  };
}

/**
 * Anchored at the tag's start and not at its end, as the location fragments of the nginx proxies
 * are that these regexes come from. A regex of the operator's meets a tag of the client's, so
 * the two may take no longer than the limit; what is not decided by then does not match.
 */
function matchesStart(regex: string, tag: string): boolean {
  const source = JSON.stringify(`^(?:${regex})`);
  const script = new Script(`new RegExp(${source}).test(${JSON.stringify(tag)})`);
  try {
    return script.runInThisContext({ timeout: LIMIT_MS }) === true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  }
}
