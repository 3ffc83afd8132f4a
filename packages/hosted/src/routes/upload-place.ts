import { signUploadState } from '../engine/upload-state.ts';
import { type Exchange, HostedError } from '../http/answer.ts';
import type { Upload } from '../store/hosted-store.ts';
import { parseChunkRange } from './content-range.ts';
import type { Context } from './context.ts';
import type { Place } from './place.ts';

/** Notes the size that the upload has on disk; undefined where it is gone. */
export async function recount(
  { store, room, begun }: Context,
  place: Place,
): Promise<Upload | undefined> {
  const upload = await store.findUpload(place.repository, place.id);
  if (upload === undefined) {
    room.remove(place.id);
    begun.end(place.id);
  } else room.set(place.id, upload.offset);
  return upload;
}

export async function dropUpload(
  { store, room, begun }: Context,
  { repository, id }: Place,
): Promise<void> {
  await store.removeUpload(repository, id);
  room.remove(id);
  begun.end(id);
}

/** @throws HostedError 404 for an upload that is not known, or has ended. */
export async function requireUpload(
  { store }: Context,
  { repository, id }: Place,
): Promise<Upload> {
  const upload = await store.findUpload(repository, id);
  if (upload !== undefined) return upload;
  throw new HostedError(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload: it has ended, or was dropped');
}

/** @throws HostedError 416 for a part that does not begin where the last one ended. */
export function requireInOrder({ request }: Exchange, place: Place, { offset }: Upload): void {
  const text = request.headers['content-range'];
  if (text === undefined) return;
  const range = parseChunkRange(text);
  const length = request.headers['content-length'];
  const isWhole =
    length === undefined || range === undefined || range.end - range.start + 1 === Number(length);
  if (range?.start === offset && isWhole) return;
  throw new HostedError(
    416,
    'BLOB_UPLOAD_INVALID',
    `the next part begins at ${offset}; Content-Range is ${JSON.stringify(text.slice(0, 100))}`,
    uploadHeaders(place, offset),
  );
}

/** The announced length of a body; 0 where it is not known. */
export function lengthOf({ request }: Exchange): number {
  return Number(request.headers['content-length'] ?? 0);
}

export function stateOf({ engineSecret }: Context, place: Place, upload: Upload): string {
  return signUploadState({ ...place, ...upload }, engineSecret);
}

export function uploadHeaders(place: Place, offset: number): Record<string, string> {
  return {
    // Relative, so that it holds whatever host and scheme the client uses.
    location: uploadPath({ ...place, repository: place.shown }),
    range: `0-${Math.max(0, offset - 1)}`,
    'docker-upload-uuid': place.id,
  };
}

export function uploadsPath(repository: string): string {
  return `/v2/${repository}/blobs/uploads/`;
}

export function uploadPath({ repository, id }: Pick<Place, 'repository' | 'id'>): string {
  return `${uploadsPath(repository)}${id}`;
}

/** Of the answer to a blob that has arrived, or was linked. */
export function blobHeaders(shown: string, digest: string): Record<string, string> {
  return { location: `/v2/${shown}/blobs/${digest}`, 'docker-content-digest': digest };
}

export function engineFailed({
  statusCode,
  text,
}: {
  statusCode: number;
  text: string;
}): HostedError {
  const message = `the engine of hosted images answered ${statusCode}: ${text.slice(0, 200)}`;
  return new HostedError(statusCode >= 500 ? 503 : 400, 'UNAVAILABLE', message);
}
