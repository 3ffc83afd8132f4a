import { Readable } from 'node:stream';
import { type Exchange, HostedError } from '../http/answer.ts';
import type { Upload } from '../store/hosted-store.ts';
import { type Context, noRoom, requireRoom } from './context.ts';
import { inSteps } from './in-steps.ts';
import type { Place } from './place.ts';
import { type Receipt, receive } from './receive.ts';
import {
  dropUpload,
  engineFailed,
  lengthOf,
  recount,
  stateOf,
  uploadPath,
} from './upload-place.ts';

/**
 * Streams the body into the upload, and returns the upload as it is then. Whatever becomes of the
 * client, the engine ends the part in order, so that the upload can go on.
 * @throws HostedError 507 where the room is full; the upload is dropped then.
 */
export async function takePart(
  context: Context,
  exchange: Exchange,
  at: { readonly place: Place; readonly upload: Upload; readonly superseded: AbortSignal },
): Promise<Upload> {
  const { engine, room, claims } = context;
  const { place, upload, superseded } = at;
  await requireRoomOrDrop(context, place, lengthOf(exchange));
  const maxBytes = await context.maxBytes();
  room.set(place.id, upload.offset);
  const receipt: Receipt = { outcome: 'broken', bytes: 0 };
  const reserve = context.reserve && inSteps(context.reserve, upload.offset, lengthOf(exchange));
  const take = async (bytes: number) => {
    if (room.heldBytes + bytes > maxBytes) return false;
    if (reserve !== undefined && !(await reserve(bytes))) return false;
    room.grow(place.id, bytes);
    claims.touch(place.repository);
    return true;
  };
  await engine.untilThere();
  const query = new URLSearchParams({ _state: stateOf(context, place, upload) });
  const body = receive(exchange.request, receipt, { take, superseded });
  const asked = engine.askShortly({
    method: 'PATCH',
    path: `${uploadPath(place)}?${query}`,
    headers: { 'content-type': 'application/octet-stream' },
    body: Readable.from(body, { objectMode: false, highWaterMark: BUFFERED_BYTES }),
  });
  const answer = await asked.catch(async (error: unknown) => {
    // On a full disk, the part that has arrived would only take room.
    if (error instanceof HostedError && error.status === 507) await dropUpload(context, place);
    else await recount(context, place);
    throw error;
  });
  if (receipt.outcome === 'full') {
    await dropUpload(context, place);
    throw noRoom(context, maxBytes);
  }
  const now = await recount(context, place);
  if (receipt.outcome !== 'whole') throw new HostedError(400, 'SIZE_INVALID', 'the body broke off');
  if (answer.statusCode !== 202 || now === undefined) throw engineFailed(answer);
  return now;
}

/** Between a client and the engine. */
const BUFFERED_BYTES = 256 * 1024;

async function requireRoomOrDrop(context: Context, place: Place, bytes: number): Promise<void> {
  try {
    await requireRoom(context, bytes);
  } catch (error) {
    await dropUpload(context, place);
    throw error;
  }
}
