import { type ImagePattern, parseImagePattern } from '../image-pattern.ts';
import { namePattern } from '../names-here.ts';
import type { AccessPolicy } from '../policy.ts';
import { findIdleImages } from './find-idle-images.ts';
import { findIdleNames, findIdleUsers } from './find-idle-names.ts';
import { findIdleRules, type LiveRule } from './find-idle-rules.ts';
import type { Effort } from './glob-language.ts';
import type { IdlePart } from './idle-part.ts';
import { languageOf } from './image-language.ts';

/** What a policy can count for. */
export interface PolicyFacts {
  /** All images that are served or may come to be: `quay.io/org/**`. */
  readonly served: readonly ImagePattern[];
  /** All users; undefined where issuers may name more of them. */
  readonly users: readonly string[] | undefined;
}

/** About a second for the hardest rules. Usual ones take milliseconds. */
const EFFORT = 5_000_000;

/**
 * Finds rules that can never count and names that nobody has. What it finds is certain. It does not
 * find all: it looks at rules two by two, and ends where patterns are too hard to compare.
 */
export function findIdleParts(policy: AccessPolicy, facts: PolicyFacts): IdlePart[] {
  const effort: Effort = { left: EFFORT };
  // Logins at a registry have names of their own.
  const users = policy.asked === undefined ? facts.users : undefined;
  const parts: IdlePart[] = [...findIdleNames(policy, users)];
  const live = policy.rules.map((rule, index): LiveRule => {
    const path = `rules[${index}]`;
    const idleUsers = findIdleUsers(policy, users, rule, path);
    const images = findIdleImages(policy, facts.served, rule, path, effort);
    parts.push(...idleUsers, ...images);
    const idle = new Set(images.map((part) => part.path));
    const counting = rule.images.filter((_, at) => !idle.has(`${path}.images[${at}]`));
    return {
      number: index + 1,
      path,
      rule,
      // Where nobody is meant, the names have said so.
      images: idleUsers.length === rule.users?.length ? [] : counting.flatMap(readImage),
    };
  });
  return [...parts, ...findIdleRules(policy, live, effort)];

  function readImage(text: string) {
    const pattern = parseImagePattern('images', text);
    return pattern.ok ? namePattern(pattern.value, policy.names).map(languageOf) : [];
  }
}
