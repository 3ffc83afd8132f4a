import { BlockList, isIPv6 } from 'node:net';

/*
 * A second reading of the rules of access, from their description alone. It shares no code with
 * the cache, so that one mistake cannot be on both sides. It is slow and plain.
 */

export type OracleRight = 'pull' | 'fetch' | 'push' | 'delete';

/** A rule of the policy file. */
export interface OracleRule {
  readonly images: readonly string[];
  readonly users?: readonly string[];
  readonly from?: readonly string[];
  readonly allow?: readonly OracleRight[];
  readonly deny?: readonly OracleRight[];
  readonly because?: string;
}

/** `access` of the policy file. */
export interface OraclePolicy {
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly anonymous?: readonly OracleRight[];
  readonly default?: readonly OracleRight[];
  readonly rules: readonly OracleRule[];
}

export interface OracleCaller {
  /** Left out: a client without a login. */
  readonly user?: string;
  readonly address: string;
}

/** A repository under all of its names, and what is here of it. */
export interface OracleImage {
  /** `registry/repository`, by the key of the registry and by each alias. */
  readonly names: readonly string[];
  /** Names without `library/`, as Docker Hub's are written. */
  readonly shortNames?: readonly string[];
  /** For each tag here the digests that it leads to. */
  readonly tags: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A decision, and the texts of which a refusal must contain one. */
export interface OracleDecision {
  readonly isAllowed: boolean;
  readonly reasons: readonly string[];
}

const ALLOWED: OracleDecision = { isAllowed: true, reasons: [] };
const NO_RULE = '(no rule allows it)';
const SIGNATURE_TAG = /^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;

/**
 * Whether something of the image is allowed: all of it, or some tag, be it here or not. A push needs
 * that for its blobs, which arrive before their tag.
 */
export function decideSomeByOracle(
  policy: OraclePolicy,
  caller: OracleCaller,
  image: OracleImage,
  right: OracleRight,
): OracleDecision {
  const whole = decideOne(policy, caller, image, right);
  if (whole.isAllowed || whole.reasons[0] !== NO_RULE) return whole;
  const isAllowed = policy.rules.some(
    (rule) =>
      rule.allow?.includes(right) &&
      speaksTo(rule, caller, policy.groups) &&
      rule.images.some((pattern) => imageMatches(withoutTag(pattern), image, undefined)),
  );
  return isAllowed ? ALLOWED : whole;
}

/** Decides about a tag, a digest, or a repository as a whole (no reference). */
export function decideByOracle(
  policy: OraclePolicy,
  caller: OracleCaller,
  image: OracleImage,
  right: OracleRight,
  reference?: string,
): OracleDecision {
  // *fetch* without *pull* is nothing.
  const rights: OracleRight[] = right === 'fetch' ? ['pull', 'fetch'] : [right];
  const all = (tag?: string) =>
    rights.map((each) => decideOne(policy, caller, image, each, tag)).find(isRefusal) ?? ALLOWED;
  const signed = SIGNATURE_TAG.exec(reference ?? '')?.[1];
  const digest = signed === undefined ? reference : `sha256:${signed}`;
  if (digest === undefined || !digest.includes(':')) return all(digest);
  const leading = [...image.tags].filter(([, digests]) => digests.has(digest));
  if (leading.length === 0) return all();
  const decisions = leading.map(([tag]) =>
    // The digest of a signature: its tag is decided as the digest that it signs.
    SIGNATURE_TAG.test(tag) ? decideByOracle(policy, caller, image, right, tag) : all(tag),
  );
  // The tags of a digest go with it.
  if (right === 'delete') return decisions.find(isRefusal) ?? ALLOWED;
  if (decisions.some(({ isAllowed }) => isAllowed)) return ALLOWED;
  // The reason must not tell what is here to those who may pull nothing of the repository.
  const whole = all();
  if (!whole.isAllowed) return whole;
  return { isAllowed: false, reasons: decisions.flatMap(({ reasons }) => reasons) };
}

function isRefusal({ isAllowed }: OracleDecision): boolean {
  return !isAllowed;
}

/** One right for a tag, or for a repository without one. */
function decideOne(
  { groups = {}, anonymous, default: rest = [], rules }: OraclePolicy,
  caller: OracleCaller,
  image: OracleImage,
  right: OracleRight,
  tag?: string,
): OracleDecision {
  const speaking = rules
    .map((rule, index) => ({ rule, number: index + 1 }))
    .filter(
      ({ rule }) =>
        rule.images.some((pattern) => imageMatches(pattern, image, tag)) &&
        speaksTo(rule, caller, groups),
    );
  const denies = speaking.filter(({ rule }) => rule.deny?.includes(right));
  if (denies.length > 0) {
    const reasons = denies.map(({ rule: { because }, number }) =>
      because === undefined ? `(rule ${number})` : `(rule ${number}: ${because})`,
    );
    return { isAllowed: false, reasons };
  }
  if (speaking.some(({ rule }) => rule.allow?.includes(right))) return ALLOWED;
  const fallback = caller.user === undefined ? (anonymous ?? []) : rest;
  return { isAllowed: fallback.includes(right), reasons: [NO_RULE] };
}

/**
 * Whether the policy may have something for a login that nobody has yet: a right by default, or a
 * rule that allows it to others than clients without a login.
 */
export function offersToLogins(
  { default: rest = [], rules }: OraclePolicy,
  image: OracleImage,
  right: OracleRight,
): boolean {
  const isForLogins = ({ users = ['*'] }: OracleRule) => users.some((name) => name !== 'anonymous');
  const isAbout = (rule: OracleRule) =>
    rule.images.some((pattern) => imageMatches(withoutTag(pattern), image, undefined));
  const allowing = rules.filter((rule) => rule.allow?.includes(right) && isForLogins(rule));
  return rest.includes(right) || allowing.some(isAbout);
}

function speaksTo(
  { users, from }: OracleRule,
  caller: OracleCaller,
  groups: OraclePolicy['groups'] = {},
): boolean {
  return (
    (users === undefined || users.some((user) => userMatches(user, caller, groups))) &&
    (from === undefined || from.some((network) => networkHas(network, caller.address)))
  );
}

function withoutTag(pattern: string): string {
  return pattern.replace(/:[^/]*$/, '');
}

function imageMatches(
  pattern: string,
  { names, shortNames = [] }: OracleImage,
  tag: string | undefined,
): boolean {
  const colon = pattern.indexOf(':', pattern.lastIndexOf('/') + 1);
  const name = colon === -1 ? pattern : pattern.slice(0, colon);
  if (![...names, ...shortNames].some((each) => globMatches(name, each))) return false;
  return colon === -1 || (tag !== undefined && globMatches(pattern.slice(colon + 1), tag));
}

function userMatches(
  pattern: string,
  { user }: OracleCaller,
  groups: Readonly<Record<string, readonly string[]>>,
): boolean {
  if (user === undefined) return pattern === 'anonymous';
  if (!pattern.startsWith('group:')) return globMatches(pattern, user);
  return Object.entries(groups).some(
    ([name, members]) =>
      globMatches(pattern.slice('group:'.length), name) &&
      members.some((member) => globMatches(member, user)),
  );
}

function networkHas(network: string, address: string): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const [start = '', bits] = network.split('/');
  if (family !== (isIPv6(start) ? 'ipv6' : 'ipv4')) return false;
  const list = new BlockList();
  list.addSubnet(start, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  return list.check(address, family);
}

/** `*` is any text without a slash, `**` any text. All else stands for itself. */
function globMatches(pattern: string, text: string): boolean {
  const tokens = pattern.match(/\*\*|\*|[^*]/g) ?? [];
  let ends = new Set([0]);
  for (const token of tokens) {
    const next = new Set<number>();
    for (const start of ends) {
      if (token !== '*' && token !== '**') {
        if (text[start] === token) next.add(start + 1);
        continue;
      }
      for (let end = start; end <= text.length; end += 1) {
        next.add(end);
        if (token === '*' && text[end] === '/') break;
      }
    }
    ends = next;
  }
  return ends.has(text.length);
}
