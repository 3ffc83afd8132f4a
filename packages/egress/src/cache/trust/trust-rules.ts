import { createHash } from 'node:crypto';
import { ImageTree, parseImagePattern } from '@registry-cache/access';
import type { TrustRule } from '@registry-cache/domain';
import { createBoundedMap } from '@registry-cache/runtime';

/** The rules for the images of one repository. */
export interface RulesOfImage {
  readonly rules: readonly TrustRule[];
  /** Whether an image without a good signature is refused. */
  readonly isEnforced: boolean;
  /** A hash of these rules and of the keys in them. A verdict counts as long as it is the same. */
  readonly generation: string;
}

export type RulesOf = (image: string) => RulesOfImage | undefined;

const CAPACITY = 1_000;
const NONE = Symbol('no rules');

/** Compiles rules. `config` has checked them. @throws Error for a pattern that cannot be read. */
export function compileTrustRules(rules: readonly TrustRule[]): RulesOf {
  const tree = new ImageTree<TrustRule>();
  for (const rule of rules) {
    for (const text of rule.images) {
      const pattern = parseImagePattern('images', text);
      if (!pattern.ok) throw new Error(`not an image pattern: ${text}`);
      tree.add(pattern.value, rule);
    }
  }
  const known = createBoundedMap<string, RulesOfImage | typeof NONE>(CAPACITY);
  return (image) => {
    const found = known.get(image) ?? describe(tree.find(image).map(({ value }) => value)) ?? NONE;
    known.set(image, found);
    return found === NONE ? undefined : found;
  };
}

function describe(found: readonly TrustRule[]): RulesOfImage | undefined {
  const rules = [...new Set(found)].toSorted((one, other) => one.number - other.number);
  if (rules.length === 0) return undefined;
  // A rule that moves within the file stays the same rule.
  const content = rules.map(({ mode, anyOf }) => JSON.stringify([mode, anyOf])).toSorted();
  return {
    rules,
    isEnforced: rules.some(({ mode }) => mode === 'enforce'),
    generation: createHash('sha256').update(content.join('\n')).digest('hex').slice(0, 24),
  };
}
