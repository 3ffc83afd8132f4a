import { isDigest } from '@registry-cache/domain';
import { type Exchange, HostedError, send } from '../http/answer.ts';
import { MOST_UPLOADS } from '../store/begun-uploads.ts';
import { type Context, pusherOf, requireDigest, requireRoom } from './context.ts';
import { noteOwnPart } from './own-parts.ts';
import type { Destination, Place } from './place.ts';
import { hasBody } from './receive.ts';
import { takePart } from './take-part.ts';
import {
  blobHeaders,
  dropUpload,
  engineFailed,
  lengthOf,
  recount,
  requireInOrder,
  requireUpload,
  stateOf,
  uploadHeaders,
  uploadPath,
  uploadsPath,
} from './upload-place.ts';

/** Links a blob of another repository, and answers. False where the client has to upload it. */
export type Mount = (digest: string) => Promise<boolean>;

/** `POST …/blobs/uploads/`: begins an upload, mounts a blob, or takes a whole blob. */
export async function startUpload(
  context: Context,
  exchange: Exchange,
  { repository, shown }: Destination,
  mountOther: Mount,
): Promise<void> {
  const { request, query } = exchange;
  await requireRoom(context, lengthOf(exchange));
  context.claims.touch(repository);
  const mount = query.get('mount') ?? '';
  if (isDigest(mount) && (await mountOther(mount))) return;
  const digest = query.get('digest');
  // Refused before anything is there to be cleaned up.
  if (digest !== null && mount === '') requireDigest(digest);
  const id = await openUpload(context, exchange, repository);
  if (digest === null || mount !== '' || !hasBody(request)) {
    send(exchange, 202, uploadHeaders({ repository, id, shown }, 0));
    return;
  }
  await finishUpload(context, exchange, { repository, id, shown });
}

/**
 * Asks the engine for a new upload. Returns its id.
 * @throws HostedError 429 for a user with too many.
 */
async function openUpload(
  { engine, begun }: Context,
  exchange: Exchange,
  repository: string,
): Promise<string> {
  const id = await begun.begin(pusherOf(exchange), async () => {
    const answer = await engine.askShortly({ method: 'POST', path: uploadsPath(repository) });
    const named = answer.headers['docker-upload-uuid']?.toString();
    if (answer.statusCode !== 202 || named === undefined) throw engineFailed(answer);
    return named;
  });
  if (id !== undefined) return id;
  const message = `${MOST_UPLOADS} uploads of this user have not ended, and no more may begin: finish or delete some; without a byte one ends after an hour, others after a day`;
  throw new HostedError(429, 'TOOMANYREQUESTS', message, { 'retry-after': '60' });
}

/** `GET …/blobs/uploads/<id>`: how much has arrived. */
export async function showUpload(
  context: Context,
  exchange: Exchange,
  place: Place,
): Promise<void> {
  // A client that asks has lost its connection, also where this end has not noticed it.
  await context.uploads.alone(place.id, async () => {
    const { offset } = await requireUpload(context, place);
    send(exchange, 204, uploadHeaders(place, offset));
  });
}

/** `PATCH …/blobs/uploads/<id>`: takes a part of a blob. */
export async function continueUpload(
  context: Context,
  exchange: Exchange,
  place: Place,
): Promise<void> {
  await context.uploads.alone(place.id, async (superseded) => {
    const upload = await requireUpload(context, place);
    requireInOrder(exchange, place, upload);
    const { offset } = await takePart(context, exchange, { place, upload, superseded });
    send(exchange, 202, uploadHeaders(place, offset));
  });
}

/** `PUT …/blobs/uploads/<id>?digest=`: takes the last part, and makes a blob of the upload. */
export async function finishUpload(
  context: Context,
  exchange: Exchange,
  place: Place,
): Promise<void> {
  const digest = requireDigest(exchange.query.get('digest') ?? '');
  const { engine, guard, claims, room, store, uploads, begun, onBlob } = context;
  await uploads.alone(place.id, async (superseded) => {
    let upload = await requireUpload(context, place);
    requireInOrder(exchange, place, upload);
    // The engine would take a part that broke off for the last one, and drop the whole upload.
    if (hasBody(exchange.request)) {
      upload = await takePart(context, exchange, { place, upload, superseded });
    }
    using _use = await guard.use([digest]);
    const query = new URLSearchParams({ digest, _state: stateOf(context, place, upload) });
    const answer = await engine.askShortly({
      method: 'PUT',
      path: `${uploadPath(place)}?${query}`,
    });
    if (answer.statusCode === 201) {
      room.remove(place.id);
      begun.end(place.id);
      claims.claim(place.repository, digest);
      noteOwnPart(context, exchange, place.repository, digest);
      if (onBlob === undefined) {
        room.set(digest, (await store.blobSize(digest)) ?? upload.offset);
      } else await onBlob(place, digest);
    } else await recount(context, place);
    const type = answer.headers['content-type'];
    send(
      exchange,
      answer.statusCode,
      {
        ...(answer.statusCode === 201 && blobHeaders(place.shown, digest)),
        ...(answer.text !== '' && type !== undefined && { 'content-type': String(type) }),
      },
      answer.text,
    );
  });
}

/** `DELETE …/blobs/uploads/<id>`: drops an upload. */
export async function cancelUpload(
  context: Context,
  exchange: Exchange,
  place: Place,
): Promise<void> {
  await context.uploads.alone(place.id, async () => {
    await requireUpload(context, place);
    await dropUpload(context, place);
    send(exchange, 204, {});
  });
}
