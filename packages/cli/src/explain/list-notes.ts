import { type Caller, compileGlob, parseImagePattern } from '@registry-cache/access';
import { listUsers, type Model } from '@registry-cache/config';
import { isDigest } from '@registry-cache/domain';
import type { ExplainedImage } from './explain-image.ts';

/** What the command was given. */
export interface Asked {
  readonly text: string;
  /** Empty for none. */
  readonly user: string;
  readonly groups: readonly string[];
  /** A tag or a digest. */
  readonly reference: string;
}

type Explained = Pick<
  Model,
  'trust' | 'access' | 'htpasswd' | 'issuers' | 'settings' | 'upstreams'
>;

/** What to know besides the answer, a line for each. */
export function listNotes(
  model: Explained,
  asked: Asked,
  caller: Caller,
  found: ExplainedImage,
): string[] {
  return [
    ...noteName(asked, found),
    ...noteServed(model, found),
    ...noteCaller(model, asked, caller, found),
    ...noteTags(asked, found),
    ...noteTrust(model, found),
  ];
}

function noteName({ text, reference }: Asked, { image }: ExplainedImage): string[] {
  const name = `${image}${isDigest(reference) ? '@' : ':'}${reference}`;
  return name === text ? [] : [`${text} is ${name}`];
}

function noteServed({ upstreams }: Explained, { image, served }: ExplainedImage): string[] {
  const [registry = ''] = image.split('/');
  if (served === 'on demand') {
    return [`${registry} is not served yet; the first request for it adds it (on demand)`];
  }
  const keys = upstreams.map(({ key }) => key).join(', ');
  return served === 'no' ? [`${image} is not served here; served: ${keys}`] : [];
}

function noteCaller(
  model: Explained,
  { user, groups }: Asked,
  caller: Caller,
  { image, isLetIn, lacksAddress }: ExplainedImage,
): string[] {
  const notes: string[] = [];
  if (caller.user === undefined) {
    if (user !== '') notes.push('nobody can log in here, so every client is anonymous');
    else notes.push(`a client without a login is ${isLetIn ? '' : 'not '}let in`);
  } else if (caller.isConfirmed) {
    const [registry = ''] = image.split('/');
    notes.push(`${caller.user} is no user of the cache: this counts if ${registry} lets it pull`);
  } else if (listUsers(model)?.includes(caller.user) === false) {
    notes.push(`${caller.user} is no user of ${model.settings.REGISTRY_AUTH_HTPASSWD_PATH}`);
  }
  const own = groups.filter((group) => Object.hasOwn(model.access?.groups ?? {}, group));
  if (own.length > 0) {
    notes.push(`${own.join(', ')}: access.groups alone says who is in it, and no issuer does`);
  }
  if (lacksAddress) {
    notes.push('rules with `from` change the answer for some addresses: give one by --from');
  }
  return notes;
}

function noteTags({ reference }: Asked, { tags }: ExplainedImage): string[] {
  if (tags === undefined) return [];
  return tags.length === 0
    ? [`no tag here leads to ${reference}, so rules without a tag decide`]
    : [`tags here that lead to ${reference}: ${tags.join(', ')}`];
}

function noteTrust({ trust = [] }: Explained, { image, rights }: ExplainedImage): string[] {
  if (!rights.some(({ right, isAllowed }) => right === 'pull' && isAllowed)) return [];
  return trust
    .filter(({ mode, images }) => mode === 'enforce' && images.some((text) => isOf(text, image)))
    .map(
      ({ number }) => `trust rule ${number}: without a good signature it is refused to everybody`,
    );
}

function isOf(text: string, image: string): boolean {
  const pattern = parseImagePattern('images', text);
  return pattern.ok && compileGlob(pattern.value.parts.join('/'), '/')(image);
}
