import { HOSTED_ID } from '@registry-cache/domain';
import { type Exchange, HostedError, send } from '../http/answer.ts';
import { type Context, callerOf } from './context.ts';

/** What a client gets that does not say how many, and the most that it gets at once. */
const MOST = 10_000;

/**
 * `GET …/tags/list`: the tags that the caller may pull, in order, in pages of `n` after `last`.
 * Source: OCI distribution specification 1.1, "Listing Tags".
 */
export async function listTags(
  { store, catalog, rights }: Context,
  exchange: Exchange,
  repository: string,
): Promise<void> {
  const { query } = exchange;
  const asked = query.get('n') ?? String(MOST);
  if (!/^\d{1,9}$/.test(asked)) {
    throw new HostedError(400, 'UNSUPPORTED', 'n of a list must be a number of at most 9 digits');
  }
  if (!(await store.hasRepository(repository))) {
    throw new HostedError(404, 'NAME_UNKNOWN', `nothing was pushed to ${repository} yet`);
  }
  const count = Math.min(Number(asked), MOST);
  const last = query.get('last') ?? '';
  const maySee = await rights.readTagRights(callerOf(exchange), repository);
  const tags: string[] = [];
  let hasMore = false;
  for await (const tag of catalog.tags({ upstreamId: HOSTED_ID, repository })) {
    if (tag <= last || !maySee(tag)) continue;
    hasMore = tags.length >= count;
    if (hasMore) break;
    tags.push(tag);
  }
  const next = new URLSearchParams({ n: String(count), last: tags.at(-1) ?? '' });
  const link = `</v2/${repository}/tags/list?${next}>; rel="next"`;
  send(
    exchange,
    200,
    { 'content-type': 'application/json', ...(hasMore && count > 0 && { link }) },
    JSON.stringify({ name: repository, tags }),
  );
}
