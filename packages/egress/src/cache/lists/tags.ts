import { hasForeignCursor } from '../../wire/http/cursor.ts';
import type { Answer, Question, Source } from '../contract/upstream-context.ts';
import type { Listing } from '../memory/listing-memory.ts';
import { answerList } from './answer-list.ts';
import { fetchList } from './fetch-list.ts';
import { planPage } from './page.ts';

/**
 * The tags of a repository: the upstream's, and while it is ill those that are here.
 * @throws AnswerError
 */
export function answerTags(source: Source, question: Question): Promise<Answer> {
  return answerList(source, question, {
    fetch: async (asked) => afterLast(withName(await fetchList(source, asked), asked), asked),
    fallBack: async () => {
      if (hasForeignCursor(question.target)) return undefined;
      const tags = await source.listTags(question.path.repository);
      return tags.length === 0 ? undefined : listPage(tags, question);
    },
  });
}

/** The repository has the name by which it was asked for, whatever the upstream calls it. */
function withName(listing: Listing, { path: { repository } }: Question): Listing {
  const list = readJson(listing);
  if (list?.name === undefined || list.name === repository) return listing;
  const bytes = Buffer.from(JSON.stringify({ ...list, name: repository }));
  return { headers: { ...listing.headers, 'content-length': String(bytes.length) }, bytes };
}

/**
 * An upstream that looks at `last` only where there is an `n` (distribution) repeats what the client
 * has seen. Only such a list has `last` itself in it; whatever order others keep is theirs.
 */
function afterLast(listing: Listing, question: Question): Listing {
  const last = queryOf(question).get('last');
  const tags = last === null ? [] : readTags(listing);
  return last !== null && tags.includes(last) ? (listPage(tags, question) ?? listing) : listing;
}

function readTags(listing: Listing): string[] {
  const tags = readJson(listing)?.tags;
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}

/** Undefined for what is no JSON object. */
function readJson({ bytes }: Listing): { name?: unknown; tags?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The page that is asked for; undefined where that cannot be understood. */
function listPage(tags: readonly string[], question: Question): Listing | undefined {
  const { repository } = question.path;
  const page = planPage(tags, queryOf(question));
  if (page === undefined) return undefined;
  const bytes = Buffer.from(JSON.stringify({ name: repository, tags: page.tags }));
  const link = `</v2/${repository}/tags/list?${page.next}>; rel="next"`;
  return {
    headers: {
      'content-type': 'application/json',
      'content-length': String(bytes.length),
      ...(page.next !== undefined && { link }),
    },
    bytes,
  };
}

function queryOf({ target }: Question): URLSearchParams {
  return new URLSearchParams(target.split('?')[1]);
}
