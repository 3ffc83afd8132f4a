import { createHash } from 'node:crypto';
import {
  countParts,
  isDigest,
  isTag,
  MAX_MANIFEST_BYTES,
  MAX_MANIFEST_PARTS,
} from '@registry-cache/domain';
import { passedHeaders, streamAnswer } from '../engine/engine.ts';
import { type Exchange, HostedError, send } from '../http/answer.ts';
import { parseManifestParts } from '../sweep/manifest-parts.ts';
import { type Context, requireDigest, requireRoom } from './context.ts';
import { noteOwnPart, requireOwnParts, requireVisible } from './own-parts.ts';
import { noteReferrer } from './referrers.ts';

/** `GET` and `HEAD …/manifests/<reference>`. */
export async function showManifest(
  context: Context,
  exchange: Exchange,
  repository: string,
  reference: string,
): Promise<void> {
  requireReference(reference);
  const { request, response } = exchange;
  if (request.method === 'HEAD') requireVisible(context, exchange, repository, reference);
  const { engine } = context;
  const answer = await engine.ask({
    method: request.method === 'HEAD' ? 'HEAD' : 'GET',
    path: manifestPath(repository, reference),
    headers: passedHeaders(request),
  });
  await streamAnswer(answer, response);
}

/**
 * `PUT …/manifests/<reference>`. The engine checks that its parts are here. Its subject need not be.
 * Source: OCI distribution specification 1.1, "Pushing Manifests" and "with Subject".
 */
export async function putManifest(
  context: Context,
  exchange: Exchange,
  repository: string,
  reference: string,
): Promise<void> {
  requireReference(reference);
  const { engine, guard, claims, room, report } = context;
  const bytes = await readManifest(exchange);
  const place = { repository, image: repository, findTags: context.findTags(repository) };
  await requireOwnParts(context, exchange, place, bytes);
  await requireRoom(context, bytes.length);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const { blobs, manifests, subject } = parseManifestParts(bytes);
  claims.touch(repository);
  using _use = await guard.use([digest, ...blobs, ...manifests]);
  // Before the manifest is there, so that no moment has it without the note.
  if (subject !== undefined) await noteReferrer(context, repository, subject, digest);
  const answer = await engine.askShortly({
    method: 'PUT',
    path: manifestPath(repository, reference),
    headers: passedHeaders(exchange.request),
    body: bytes,
  });
  if (answer.statusCode === 201) {
    room.set(digest, bytes.length);
    claims.settle(repository, blobs);
    noteOwnPart(context, exchange, repository, digest);
    report.pushed();
  }
  const { location, 'docker-content-digest': named, 'content-type': type } = answer.headers;
  send(
    exchange,
    answer.statusCode,
    {
      ...(location !== undefined && { location: String(location) }),
      ...(named !== undefined && { 'docker-content-digest': String(named) }),
      ...(answer.text !== '' && type !== undefined && { 'content-type': String(type) }),
      ...(answer.statusCode === 201 && subject !== undefined && { 'oci-subject': subject }),
    },
    answer.text,
  );
}

/**
 * `DELETE …/manifests/<reference>`: a digest with all its tags, or a tag alone. The room of a digest
 * is free soon after.
 */
export async function deleteManifest(
  context: Context,
  exchange: Exchange,
  repository: string,
  reference: string,
): Promise<void> {
  requireReference(reference);
  const { engine, guard, deletions, store, report, onDeletion } = context;
  const isByDigest = isDigest(reference);
  using _use = await guard.use(isByDigest ? [reference] : []);
  const deletion = { kind: 'manifest', repository, digest: reference } as const;
  const isThere = isByDigest && (await store.hasRevision(repository, reference));
  // Noted before, so that a crash in between loses no room.
  if (isThere) await deletions.add(deletion);
  const path = manifestPath(repository, reference);
  const answer = await engine.askShortly({ method: 'DELETE', path });
  if (answer.statusCode === 202) {
    report.deleted();
    onDeletion();
  } else if (isThere) await deletions.remove(deletion);
  const type = answer.text === '' ? {} : { 'content-type': 'application/json' };
  send(exchange, answer.statusCode, type, answer.text);
}

/** @throws HostedError 400 for what is neither a tag nor a digest of SHA-256. */
export function requireReference(reference: string): void {
  if (reference.includes(':')) requireDigest(reference);
  else if (!isTag(reference)) {
    const found = JSON.stringify(reference.slice(0, 150));
    throw new HostedError(
      400,
      'MANIFEST_INVALID',
      `a tag has 1 to 128 letters, digits and ._-, and this is ${found}`,
    );
  }
}

/**
 * Reads the body.
 * @throws HostedError 413 for more bytes than a manifest has. The engine has the same limit
 * (registry/handlers/manifests.go at v3.1.1). 400 for more parts: each of them is looked for.
 */
export async function readManifest({ request }: Exchange): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > MAX_MANIFEST_BYTES) {
      const message = `a manifest has at most ${MAX_MANIFEST_BYTES} bytes`;
      throw new HostedError(413, 'MANIFEST_INVALID', message);
    }
  }
  const bytes = Buffer.concat(chunks);
  requireFewParts(countParts(bytes));
  return bytes;
}

/** @throws HostedError 400 for more entries than a manifest may have. */
export function requireFewParts(count: number): void {
  if (count <= MAX_MANIFEST_PARTS) return;
  const message = `a manifest names at most ${MAX_MANIFEST_PARTS} parts, and this one names ${count}`;
  throw new HostedError(400, 'MANIFEST_INVALID', message);
}

function manifestPath(repository: string, reference: string): string {
  return `/v2/${repository}/manifests/${reference}`;
}
