import { asksRegistry } from './asks-registry.ts';
import { ANONYMOUS, type CallerMatch, compileCallers } from './callers.ts';
import type { Glob } from './glob.ts';
import { compileGroups } from './groups.ts';
import { parseImagePattern } from './image-pattern.ts';
import { ImageTree } from './image-tree.ts';
import { namePattern } from './names-here.ts';
import type { AccessPolicy, AccessRule, Caller, Right } from './policy.ts';
import type { Reason, Verdict } from './verdict.ts';
import { dependsOnAddress, letsAnonymousIn } from './who-is-meant.ts';

/** What of a repository is asked for. */
export type Target =
  | { readonly kind: 'tag'; readonly tag: string }
  /** A digest, with the tags that lead to it here. */
  | { readonly kind: 'digest'; readonly tags: readonly string[] }
  /** The repository as such, by the rules without a tag. */
  | { readonly kind: 'repository' }
  /** Anything of the repository, such as its list of tags: one tag that is allowed is enough. */
  | { readonly kind: 'anything' };

/** The rules that speak for one caller and one image. */
export interface Scope {
  /** Whether a verdict depends on the tag or digest. */
  readonly dependsOnReference: boolean;
  decide(right: Right, target: Target): Verdict;
}

/** A compiled policy. */
export interface Access {
  /** Whether any rule looks at the client's address. */
  readonly dependsOnAddress: boolean;
  /** Whether a caller without a login is let in at all. */
  readonly letsAnonymousIn: boolean;
  /** @param image `registry/repository`, as images are named here. */
  scope(caller: Caller, image: string): Scope;
  /**
   * Whether a caller without a login could have the right with one. Where no login could, asking
   * for one would only keep the client trying.
   */
  couldLoginHelp(caller: Caller, image: string, right: Right, target: Target): boolean;
  /** Whether some rule or default gives the right to anybody, for any tag. Denials do not count. */
  couldAnybody(image: string, right: Right): boolean;
}

interface CompiledRule {
  readonly number: number;
  readonly spec: AccessRule;
  readonly speaksFor: CallerMatch;
  readonly isFrom: (address: string) => boolean;
}

interface SpeakingRule extends Pick<CompiledRule, 'number' | 'spec'> {
  readonly tag: Glob | undefined;
}

/**
 * Compiles a policy. Without one, whoever is let in may pull and fetch everything.
 *
 * A deny wins over every allow. Where no rule speaks for a right, `default` counts, or `anonymous`
 * for callers without a login. Patterns that cannot be read match nothing; config refuses them.
 */
export function compileAccess(policy: AccessPolicy | undefined): Access {
  if (policy === undefined) return OPEN;
  const tree = new ImageTree<CompiledRule>();
  for (const [index, spec] of policy.rules.entries()) {
    const rule = { number: index + 1, spec, ...compileCallers(spec) };
    for (const image of spec.images) {
      const pattern = parseImagePattern('images', image);
      if (!pattern.ok) continue;
      for (const named of namePattern(pattern.value, policy.names)) tree.add(named, rule);
    }
  }
  const groupsOf = compileGroups(policy.groups);
  return {
    dependsOnAddress: dependsOnAddress(policy),
    letsAnonymousIn: letsAnonymousIn(policy),
    scope(caller, image) {
      const groups = groupsOf(caller);
      const found = tree.find(image);
      const speaking = found
        .filter(({ value }) => value.speaksFor(caller, groups))
        .map(({ value, tag }): SpeakingRule => ({ number: value.number, spec: value.spec, tag }))
        .toSorted((one, other) => one.number - other.number);
      const scope = createScope(speaking, defaultOf(policy, caller, image));
      // Whether a login would help depends on the rules of others, too.
      const isStranger = caller.user === undefined && policy.hasLogins;
      if (!isStranger || !found.some(({ tag }) => tag !== undefined)) return scope;
      return { ...scope, dependsOnReference: true };
    },
    couldLoginHelp({ address }, image, right, target) {
      if (!policy.hasLogins && !asksRegistry(policy.asked, image)) return false;
      // The luckiest user: every allow speaks for it, and only those denies that speak for all.
      const speaking = tree
        .find(image)
        .filter(({ value: { spec, isFrom } }) => isFrom(address) && mayMeanUsers(spec))
        .map(({ value: { number, spec }, tag }): SpeakingRule => {
          return { number, spec: meansAllUsers(spec) ? spec : { ...spec, deny: [] }, tag };
        });
      return createScope(speaking, luckiestDefault(policy, image)).decide(right, target).isAllowed;
    },
    couldAnybody(image, right) {
      const defaults = [
        policy.default,
        policy.anonymous ?? [],
        luckiestDefault(policy, image).rights,
      ];
      if (defaults.some((rights) => rights.includes(right))) return true;
      return tree.find(image).some(({ value: { spec } }) => spec.allow?.includes(right) === true);
    },
  };
}

/** Who has the password of a user, or a login at the registry. */
function luckiestDefault(policy: AccessPolicy, image: string): Default {
  const isConfirmed = asksRegistry(policy.asked, image);
  return defaultOf(policy, { user: '?', groups: [], address: '', isConfirmed }, image);
}

function mayMeanUsers({ users }: AccessRule): boolean {
  return users === undefined || users.some((name) => name !== ANONYMOUS);
}

function meansAllUsers({ users }: AccessRule): boolean {
  return users === undefined || users.some((name) => /^\*+$/.test(name));
}

const OPEN_SCOPE: Scope = {
  dependsOnReference: false,
  decide: (right) => ({
    right,
    isAllowed: right === 'pull' || right === 'fetch',
    reason: { kind: 'open' },
  }),
};

const OPEN: Access = {
  dependsOnAddress: false,
  letsAnonymousIn: false,
  scope: () => OPEN_SCOPE,
  couldLoginHelp: (_caller, _image, right) =>
    OPEN_SCOPE.decide(right, { kind: 'anything' }).isAllowed,
  couldAnybody: (_image, right) => OPEN_SCOPE.decide(right, { kind: 'anything' }).isAllowed,
};

/** What the registry of an image says of its own users. */
const BY_REGISTRY: Default = { rights: ['pull', 'fetch'], reason: { kind: 'registry' } };

interface Default {
  readonly rights: readonly Right[];
  readonly reason: Reason;
}

function defaultOf(policy: AccessPolicy, { user, isConfirmed }: Caller, image: string): Default {
  if (asksRegistry(policy.asked, image)) {
    if (isConfirmed) return BY_REGISTRY;
    if (user === undefined) return { rights: [], reason: { kind: 'anonymous' } };
  }
  if (user === undefined && policy.hasLogins) {
    return { rights: policy.anonymous ?? [], reason: { kind: 'anonymous' } };
  }
  return { rights: policy.default, reason: { kind: 'default' } };
}

function createScope(rules: readonly SpeakingRule[], byDefault: Default): Scope {
  const whole = rules.filter(({ tag }) => tag === undefined);

  function judge(right: Right, speaking: readonly SpeakingRule[]): Verdict {
    const denying = speaking.find(({ spec }) => spec.deny?.includes(right));
    if (denying !== undefined) return { right, isAllowed: false, reason: byRule(denying) };
    const allowing = speaking.find(({ spec }) => spec.allow?.includes(right));
    const isAllowed = allowing !== undefined || byDefault.rights.includes(right);
    // Fetch is nothing without pull.
    const pull = right === 'fetch' && isAllowed ? judge('pull', speaking) : undefined;
    if (pull?.isAllowed === false) return { ...pull, right };
    return { right, isAllowed, reason: allowing ? byRule(allowing) : byDefault.reason };
  }

  function byTag(right: Right, tag: string): Verdict {
    return judge(
      right,
      rules.filter((rule) => rule.tag === undefined || rule.tag(tag)),
    );
  }

  function byDigest(right: Right, tags: readonly string[]): Verdict {
    const ofRepository = judge(right, whole);
    const verdicts = tags.map((tag) => byTag(right, tag));
    const [first] = verdicts;
    if (first === undefined) return ofRepository;
    // All its tags go with a digest.
    if (right === 'delete') return verdicts.find(({ isAllowed }) => !isAllowed) ?? first;
    // Where the repository is refused anyway, the reason must not tell what is here.
    return (
      verdicts.find(({ isAllowed }) => isAllowed) ?? (ofRepository.isAllowed ? first : ofRepository)
    );
  }

  function byAnything(right: Right): Verdict {
    const ofRepository = judge(right, whole);
    if (ofRepository.isAllowed || isDeniedByRule(ofRepository)) return ofRepository;
    const allowing = rules.find(({ spec }) => spec.allow?.includes(right));
    return allowing === undefined
      ? ofRepository
      : { right, isAllowed: true, reason: byRule(allowing) };
  }

  return {
    dependsOnReference: whole.length < rules.length,
    decide(right, target) {
      if (target.kind === 'tag') return byTag(right, target.tag);
      if (target.kind === 'digest') return byDigest(right, target.tags);
      return target.kind === 'repository' ? judge(right, whole) : byAnything(right);
    },
  };
}

function byRule({ number, spec }: SpeakingRule): Reason {
  return { kind: 'rule', rule: number, because: spec.because };
}

function isDeniedByRule({ isAllowed, reason }: Verdict): boolean {
  return !isAllowed && reason.kind === 'rule';
}
