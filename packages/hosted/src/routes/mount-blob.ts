import { isRepository } from '@registry-cache/domain';
import { type Exchange, send } from '../http/answer.ts';
import { isStaging } from '../store/staging.ts';
import { type Context, callerOf } from './context.ts';
import { noteOwnPart } from './own-parts.ts';
import { blobHeaders, uploadsPath } from './upload-place.ts';

/**
 * Links a blob of another repository that the caller may pull. Returns whether that was answered;
 * otherwise the client has to upload it. Source: OCI distribution specification 1.1, "Mounting a
 * blob from another repository".
 */
export async function mountBlob(
  context: Context,
  exchange: Exchange,
  repository: string,
  digest: string,
): Promise<boolean> {
  const { engine, store, rights, guard, claims, findTags } = context;
  const from = exchange.query.get('from') ?? '';
  // No rule names the place of uploads into registries' names.
  if (!isRepository(from) || isStaging(from)) return false;
  using _use = await guard.use([digest]);
  // A mount of what is not there would begin an upload that nobody ends.
  if (!(await store.hasLayer(from, digest))) return false;
  if (!(await rights.mayPullBlob(callerOf(exchange), from, digest, findTags(from)))) return false;
  const query = new URLSearchParams({ mount: digest, from });
  const path = `${uploadsPath(repository)}?${query}`;
  const answer = await engine.askShortly({ method: 'POST', path });
  if (answer.statusCode !== 201) return false;
  claims.claim(repository, digest);
  noteOwnPart(context, exchange, repository, digest);
  send(exchange, 201, blobHeaders(repository, digest));
  return true;
}
