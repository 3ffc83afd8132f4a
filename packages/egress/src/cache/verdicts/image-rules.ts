import { createHash } from 'node:crypto';
import { ImageTree, parseImagePattern } from '@registry-cache/access';
import { createBoundedMap } from '@registry-cache/runtime';

/** A rule of the policy file about images. `config` has checked it. */
export interface ImageRule {
  /** Its number in the policy file, from 1. */
  readonly number: number;
  readonly images: readonly string[];
}

/** The rules for the images of one repository. */
export interface RulesOfImage<Rule> {
  readonly rules: readonly Rule[];
  /** Whether an image without a good verdict is refused. */
  readonly isEnforced: boolean;
  /** A hash of these rules. A verdict counts as long as it is the same. */
  readonly generation: string;
}

export type RulesOf<Rule> = (image: string) => RulesOfImage<Rule> | undefined;

export interface DescribeRules<Rule> {
  /** The part of a rule that verdicts depend on; undefined if they do not. */
  readonly contentOf: (rule: Rule) => unknown;
  readonly isEnforced: (rule: Rule) => boolean;
}

const CAPACITY = 1_000;
const NONE = Symbol('no rules');

/** Compiles rules. @throws Error for a pattern that cannot be read. */
function compileImageRules<Rule extends ImageRule>(
  rules: readonly Rule[],
  about: DescribeRules<Rule>,
): RulesOf<Rule> {
  const tree = new ImageTree<Rule>();
  for (const rule of rules) {
    for (const text of rule.images) {
      const pattern = parseImagePattern('images', text);
      if (!pattern.ok) throw new Error(`not an image pattern: ${text}`);
      tree.add(pattern.value, rule);
    }
  }
  const known = createBoundedMap<string, RulesOfImage<Rule> | typeof NONE>(CAPACITY);
  return (image) => {
    const matching = () => tree.find(image).map(({ value }) => value);
    const found = known.get(image) ?? describe(matching(), about) ?? NONE;
    known.set(image, found);
    return found === NONE ? undefined : found;
  };
}

/** Compiles the rules that are in force, again after each change. */
export function followImageRules<Rule extends ImageRule>(
  read: () => readonly Rule[] | undefined,
  about: DescribeRules<Rule>,
): RulesOf<Rule> {
  let compiled: { readonly from: readonly Rule[]; readonly rulesOf: RulesOf<Rule> } | undefined;
  return (image) => {
    const rules = read();
    if (rules === undefined) return undefined;
    if (compiled?.from !== rules) {
      compiled = { from: rules, rulesOf: compileImageRules(rules, about) };
    }
    return compiled.rulesOf(image);
  };
}

function describe<Rule extends ImageRule>(
  found: readonly Rule[],
  { contentOf, isEnforced }: DescribeRules<Rule>,
): RulesOfImage<Rule> | undefined {
  const rules = [...new Set(found)].toSorted((one, other) => one.number - other.number);
  if (rules.length === 0) return undefined;
  // A rule that moves within the file stays the same rule.
  const content = rules.flatMap((rule) => JSON.stringify(contentOf(rule)) ?? []).toSorted();
  return {
    rules,
    isEnforced: rules.some(isEnforced),
    generation: createHash('sha256').update(content.join('\n')).digest('hex').slice(0, 24),
  };
}
