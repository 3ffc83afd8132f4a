import type { HttpResponse } from '@registry-cache/testbed';
import { type Reference, referencesIn, tagsIn } from './access-images.ts';
import {
  decideByOracle,
  decideSomeByOracle,
  type OracleCaller,
  type OracleDecision,
  type OracleImage,
  type OraclePolicy,
  type OracleRight,
  offersToLogins,
} from './access-oracle.ts';
import { type MatrixRegistry, type MatrixRequest, REGISTRIES, USERS } from './access-ways.ts';

/** The answer that the rules ask for. */
export interface Expected {
  /** `passed` is whatever the registry says, and `either` that or a refusal. */
  readonly outcome: 'served' | 'passed' | 'refused' | 'either';
  /** The registry must not be asked. */
  readonly isFree: boolean;
  readonly statuses?: readonly number[];
  /** The start of the message of a refusal, and its possible ends. */
  readonly message?: { readonly start: string; readonly reasons: readonly string[] };
  /** A list must have all of these names, and no others but `mayList`. */
  readonly mustList?: readonly string[];
  readonly mayList?: readonly string[];
}

/** A request, and its answer by the rules. */
export interface Cell {
  readonly request: MatrixRequest;
  readonly expected: Expected;
}

interface Refusal {
  readonly right: OracleRight;
  readonly decision: OracleDecision;
}

const NOT_LET_IN: Expected = { outcome: 'refused', statuses: [401], isFree: true };

/**
 * The answer to a request about a tag, a digest, or an upload (without a reference).
 *
 * @param gateway The client's address by HTTPS_PROXY.
 */
export function expectAnswer(
  policy: OraclePolicy,
  request: MatrixRequest,
  gateway: string,
  reference?: Reference,
): Expected {
  const { registry, repository, user, way, method } = request;
  if (user === undefined && policy.anonymous === undefined) return NOT_LET_IN;
  const address = way === 'proxy' ? gateway : request.address;
  const image = imageOf(registry, repository);
  const isHere = referencesIn(repository).some(
    ({ kind, name }) => kind === reference?.kind && name === reference.name,
  );
  const read: readonly OracleRight[] = isHere ? ['pull'] : ['pull', 'fetch'];
  const rights: Partial<Record<MatrixRequest['method'], readonly OracleRight[]>> = {
    POST: ['push'],
    DELETE: ['delete'],
  };
  const find = (name: string | undefined, needed = rights[method] ?? read) =>
    findRefusal(policy, callerOf(name, address), image, needed, reference?.name);
  const refusal = find(user);
  const mayFetch = find(user, ['fetch']) === undefined;
  if (refusal === undefined) {
    return { outcome: isHere ? 'served' : 'passed', isFree: isHere && !mayFetch };
  }
  // Who may fetch may have stored that there are no referrers, and then that is here.
  if (reference?.kind === 'referrers' && refusal.right === 'fetch') {
    return { outcome: 'either', isFree: true };
  }
  const isPart = reference !== undefined && reference.kind !== 'referrers';
  const mayPush = decideSomeByOracle(policy, callerOf(user, address), image, 'push').isAllowed;
  const statuses = () => {
    // Any other answer would end a push of what is not here. The proxy takes pushes elsewhere.
    const isBeforePush = method === 'HEAD' && isPart && refusal.right === 'fetch' && mayPush;
    if (isBeforePush && way !== 'proxy') return [404];
    return [...refusals(), ...(mayBeUploaded && way !== 'proxy' ? [404] : [])];
  };
  // Rules with a tag hide parts from those who may push: a client sees what it has sent itself.
  const mayBeUploaded =
    method === 'HEAD' && reference?.name.includes(':') === true && isPart && mayPush;
  const refusals = () => {
    // A tunnel has no login of its own.
    if (user !== undefined || way === 'proxy') return [403];
    if (USERS.some((name) => find(name) === undefined)) return [401];
    return offersToLogins(policy, image, refusal.right) ? [401, 403] : [403];
  };
  const mark = reference?.name.includes(':') ? '@' : ':';
  const suffix = reference === undefined ? '' : `${mark}${reference.name}`;
  const name = `${registry.name}/${repository}${suffix}`;
  return {
    outcome: 'refused',
    isFree: true,
    statuses: statuses(),
    message: {
      start: `${user ?? 'anonymous'} may not ${refusal.right} ${name} `,
      reasons: refusal.decision.reasons,
    },
  };
}

/** The answer to a request for the tags of a repository: those that the caller may pull. */
export function expectTags(
  policy: OraclePolicy,
  { registry, repository, user, way, ...request }: MatrixRequest,
  gateway: string,
): Expected {
  if (user === undefined && policy.anonymous === undefined) return NOT_LET_IN;
  const caller = callerOf(user, way === 'proxy' ? gateway : request.address);
  const image = imageOf(registry, repository);
  const may = (right: OracleRight, tag?: string) =>
    decideByOracle(policy, caller, image, right, tag).isAllowed;
  const tags = [...image.tags.keys()];
  const isFree = !(['pull', 'fetch'] as const).every(
    (right) => decideSomeByOracle(policy, caller, image, right).isAllowed,
  );
  const mayList = tags.filter((tag) => may('pull', tag));
  // A tag of a signature may be left out where only some tags are allowed.
  const mustList = mayList.filter((tag) => may('pull') || !tag.startsWith('sha256-'));
  if (mustList.length > 0) return { outcome: 'served', isFree, mustList, mayList };
  // A refusal tells less than an empty list. Both are fine where rules may allow other tags.
  return { outcome: 'either', isFree, mustList, mayList };
}

/** The answer to a request for the catalog of all registries: what the caller may pull. */
export function expectCatalog(policy: OraclePolicy, { user, address }: OracleCaller): Expected {
  if (user === undefined && policy.anonymous === undefined) return NOT_LET_IN;
  const caller = callerOf(user, address);
  const listed = (isListed: (image: OracleImage) => boolean) =>
    REGISTRIES.flatMap((registry) =>
      registry.repositories
        .filter((repository) => isListed(imageOf(registry, repository)))
        .map((repository) => `${registry.name}/${repository}`),
    );
  const may = (image: OracleImage, tag?: string) =>
    decideByOracle(policy, caller, image, 'pull', tag).isAllowed;
  const isOrdinary = (tag: string) => !tag.startsWith('sha256-');
  const mustList = listed((image) =>
    [...image.tags.keys()].filter(isOrdinary).some((tag) => may(image, tag)),
  );
  // Digests without a tag are here as well.
  const mayList = listed((image) => image.tags.size > 0 && may(image));
  return { outcome: 'served', isFree: true, mustList, mayList };
}

/** Whether an answer is as expected, or else what differs. */
export function findDifference({ request, expected }: Cell, answer: HttpResponse) {
  const { method, way, registry, repository, rest, user, token, address } = request;
  const hasBody = method !== 'HEAD';
  const text = hasBody ? answer.text() : '';
  // The registry may ask for a login of its own, with words of its own.
  const isPassed =
    (method === 'POST' || method === 'DELETE') &&
    way === 'proxy' &&
    expected.outcome === 'passed' &&
    !text.includes(' may not ');
  const isRight =
    (isPassed || isStatusRight(request, expected, answer.status)) &&
    (!hasBody || isTextRight(expected, answer.status, text));
  if (isRight) return undefined;
  const who = `${user}${token === undefined ? '' : ', by a token'}`;
  return (
    `${method} ${rest} of ${registry.name}/${repository} by ${way} as ${who} from ${address}: ` +
    `expected ${JSON.stringify(expected)}, found ${answer.status} ${text.slice(0, 300)}`
  );
}

function isStatusRight(
  { method, way }: MatrixRequest,
  { outcome, statuses = [] }: Expected,
  found: number,
): boolean {
  const isRefused = found === 401 || found === 403;
  // A proxy asks for its login by a status of its own.
  return {
    served: found === (method === 'RANGE' ? 206 : 200),
    passed: !isRefused && found < 500,
    refused: statuses.includes(way === 'proxy' && found === 407 ? 401 : found),
    either: found < 500,
  }[outcome];
}

function isTextRight(expected: Expected, status: number, text: string): boolean {
  const { message, mustList, mayList = [] } = expected;
  if (status === 403 && message !== undefined) {
    const told = (JSON.parse(text) as Errors).errors[0]?.message;
    return message.reasons.some((reason) => told === message.start + reason);
  }
  if (status !== 200 || mustList === undefined) return true;
  const { tags, repositories } = JSON.parse(text) as Lists;
  const found = new Set(tags ?? repositories ?? []);
  const known = new Set([...mustList, ...mayList]);
  return mustList.every((name) => found.has(name)) && [...found].every((name) => known.has(name));
}

interface Errors {
  readonly errors: readonly { readonly message: string }[];
}

interface Lists {
  readonly tags?: readonly string[] | null;
  readonly repositories?: readonly string[];
}

function imageOf(registry: MatrixRegistry, repository: string): OracleImage {
  const names = [registry.name, registry.path, ...registry.aliases];
  const official = /^library\/(.+)$/.exec(repository)?.[1];
  const isHub = registry.name === 'docker.io' && official !== undefined;
  return {
    names: names.map((name) => `${name}/${repository}`),
    shortNames: isHub ? names.map((name) => `${name}/${official}`) : [],
    tags: tagsIn(repository),
  };
}

function callerOf(user: string | undefined, address: string): OracleCaller {
  return user === undefined ? { address } : { address, user };
}

/** The first right that is missing. */
function findRefusal(
  policy: OraclePolicy,
  caller: OracleCaller,
  image: OracleImage,
  rights: readonly OracleRight[],
  reference?: string,
): Refusal | undefined {
  return rights
    .map((right) => {
      const decision =
        right === 'push' && reference === undefined
          ? decideSomeByOracle(policy, caller, image, right)
          : decideByOracle(policy, caller, image, right, reference);
      return { right, decision };
    })
    .find(({ decision }) => !decision.isAllowed);
}
