import { type Caller, type FindTags, parseCaller } from '@registry-cache/access';
import type { Catalog } from '@registry-cache/catalog';
import { INTERNAL_HEADERS, isDigest, OPERATOR_CALLER } from '@registry-cache/domain';
import type { CallerRights } from '../access.ts';
import type { Engine } from '../engine/engine.ts';
import { type Exchange, HostedError } from '../http/answer.ts';
import type { HostedReport } from '../report/report.ts';
import type { BegunUploads } from '../store/begun-uploads.ts';
import type { HostedStore } from '../store/hosted-store.ts';
import type { Room } from '../store/room.ts';
import type { UploadedParts } from '../store/uploaded-parts.ts';
import type { Claims } from '../sweep/claims.ts';
import type { Deletions } from '../sweep/deletions.ts';
import type { DigestGuard } from '../sweep/digest-guard.ts';
import type { Place } from './place.ts';
import type { RunningUploads } from './running-uploads.ts';

/**
 * Asks for room in the store for so many more bytes of a blob.
 * @param grantedBytes were granted to it before.
 */
export type Reserve = (bytes: number, grantedBytes: number) => Promise<boolean>;

/** What the routes work with. */
export interface Context {
  readonly engine: Engine;
  readonly engineSecret: string;
  readonly store: HostedStore;
  readonly catalog: Catalog;
  readonly room: Room;
  /** How many bytes hosted images may take, now. */
  readonly maxBytes: () => Promise<number>;
  /** Resolves once the room that is taken was measured. */
  readonly measured: Promise<void>;
  readonly guard: DigestGuard;
  readonly claims: Claims;
  readonly deletions: Deletions;
  readonly uploads: RunningUploads;
  readonly begun: BegunUploads;
  readonly uploaded: UploadedParts;
  readonly rights: CallerRights;
  /** Finds the tags of a hosted repository that lead to a digest. */
  readonly findTags: (repository: string) => FindTags;
  readonly report: HostedReport;
  /** A deletion was noted, so the sweep has work. */
  readonly onDeletion: () => void;
  /** For the cache's own part of the store; undefined for hosted images. */
  readonly reserve?: Reserve;
  /** A blob has arrived whole, for the cache's own part of the store. */
  readonly onBlob?: (place: Place, digest: string) => Promise<void>;
}

/** The caller as the edge tells it; undefined where there are no rules. */
export function callerOf({ request }: Exchange): Caller | undefined {
  const text = request.headers[INTERNAL_HEADERS.caller.key]?.toString();
  return text === undefined ? undefined : parseCaller(text);
}

/** The command line asks, for which no rule of access counts. */
export function isOperator({ request }: Exchange): boolean {
  return request.headers[INTERNAL_HEADERS.caller.key] === OPERATOR_CALLER;
}

/** Whose uploads count together: those of a user, or of an address without a login. */
export function pusherOf(exchange: Exchange): string {
  const caller = callerOf(exchange);
  if (caller?.user !== undefined) return `user ${caller.user}`;
  return `address ${caller?.address ?? ''}`;
}

/** @throws HostedError 400 for what is no digest of SHA-256. */
export function requireDigest(text: string): string {
  if (isDigest(text) && text.startsWith('sha256:')) return text;
  const found = text.startsWith('sha512:') ? 'sha512 is not supported: ' : '';
  throw new HostedError(
    400,
    'DIGEST_INVALID',
    `${found}a digest is sha256: and 64 hex digits, and this is ${JSON.stringify(text.slice(0, 150))}`,
  );
}

/** @throws HostedError 507 where so many more bytes do not fit. */
export async function requireRoom(context: Context, bytes: number): Promise<void> {
  await context.measured;
  const maxBytes = await context.maxBytes();
  if (context.room.heldBytes + bytes <= maxBytes && bytes >= 0) return;
  throw noRoom(context, maxBytes);
}

export function noRoom(
  { report, reserve }: Pick<Context, 'report' | 'reserve'>,
  maxBytes: number,
): HostedError {
  report.refused();
  if (reserve !== undefined) return noRoomHere();
  const limit = `hosted images may take ${maxBytes} bytes (maxSize of hosted)`;
  return new HostedError(507, 'DENIED', `no room: ${limit}; delete images that nobody needs`);
}

/** The refusal of bytes for which the cleaner finds no room. */
export function noRoomHere(): HostedError {
  const limit = 'the store may take no more (CLEANER_MAXSIZE, CLEANER_MIN_FREE)';
  return new HostedError(507, 'DENIED', `no room: ${limit}, and pinned images are kept`);
}
