import { type Caller, compileGlob, parseImagePattern } from '@registry-cache/access';
import { type ExplainFacts, withReference } from '@registry-cache/domain';
import type { DecidedImage } from './decide-rights.ts';

/** The image that was asked for. */
export interface Asked {
  readonly text: string;
  /** Empty for none. */
  readonly user: string;
  readonly groups: readonly string[];
  /** A tag or a digest. */
  readonly reference: string;
  /** The keys of all upstreams. */
  readonly served: readonly string[];
}

/** Notes besides the rights, a line for each. */
export function listNotes(
  facts: ExplainFacts,
  asked: Asked,
  caller: Caller,
  found: DecidedImage,
): string[] {
  return [
    ...noteName(asked, found),
    ...noteServed(asked, found),
    ...noteCaller(facts, asked, caller, found),
    ...noteTags(asked, found),
    ...noteTrust(facts, found),
  ];
}

function noteName({ text, reference }: Asked, { image }: DecidedImage): string[] {
  const name = withReference(image, reference);
  return name === text ? [] : [`${text} is ${name}`];
}

function noteServed({ served: keys }: Asked, { image, served }: DecidedImage): string[] {
  const [registry = ''] = image.split('/');
  if (served === 'on demand') {
    return [`${registry} is not served yet; the first request for it adds it (on demand)`];
  }
  return served === 'no' ? [`${image} is not served here; served: ${keys.join(', ')}`] : [];
}

function noteCaller(
  { users, access, htpasswdFile }: ExplainFacts,
  { user, groups }: Asked,
  caller: Caller,
  { image, isLetIn, lacksAddress }: DecidedImage,
): string[] {
  const notes: string[] = [];
  if (caller.user === undefined) {
    if (user !== '') notes.push('nobody can log in here, so every client is anonymous');
    else notes.push(`a client without a login is ${isLetIn ? '' : 'not '}let in`);
  } else if (caller.isConfirmed) {
    const [registry = ''] = image.split('/');
    notes.push(`${caller.user} is no user of the cache: this counts if ${registry} lets it pull`);
  } else if (users?.includes(caller.user) === false) {
    notes.push(`${caller.user} is no user of ${htpasswdFile}`);
  }
  const own = groups.filter((group) => Object.hasOwn(access?.groups ?? {}, group));
  if (own.length > 0) {
    notes.push(`${own.join(', ')}: access.groups alone says who is in it, and no issuer does`);
  }
  if (lacksAddress) {
    notes.push('rules with `from` change the answer for some addresses: give one by --from');
  }
  return notes;
}

function noteTags({ reference }: Asked, { tags }: DecidedImage): string[] {
  if (tags === undefined) return [];
  return tags.length === 0
    ? [`no tag here leads to ${reference}, so rules without a tag decide`]
    : [`tags here that lead to ${reference}: ${tags.join(', ')}`];
}

function noteTrust({ enforced }: ExplainFacts, { image, rights }: DecidedImage): string[] {
  if (!rights.some(({ right, isAllowed }) => right === 'pull' && isAllowed)) return [];
  return enforced
    .filter(({ images }) => images.some((text) => isOf(text, image)))
    .map(
      ({ number }) => `trust rule ${number}: without a good signature it is refused to everybody`,
    );
}

function isOf(text: string, image: string): boolean {
  const pattern = parseImagePattern('images', text);
  return pattern.ok && compileGlob(pattern.value.parts.join('/'), '/')(image);
}
