import { type Caller, parseCaller } from '@registry-cache/access';
import type { Catalog } from '@registry-cache/catalog';
import { INTERNAL_HEADERS, isDigest } from '@registry-cache/domain';
import type { CallerRights } from '../access.ts';
import type { Engine } from '../engine/engine.ts';
import { type Exchange, HostedError } from '../http/answer.ts';
import type { HostedReport } from '../report/report.ts';
import type { HostedStore } from '../store/hosted-store.ts';
import type { Room } from '../store/room.ts';
import type { Claims } from '../sweep/claims.ts';
import type { Deletions } from '../sweep/deletions.ts';
import type { DigestGuard } from '../sweep/digest-guard.ts';
import type { RunningUploads } from './running-uploads.ts';

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
  readonly rights: CallerRights;
  readonly report: HostedReport;
  /** A deletion was noted, so the sweep has work. */
  readonly onDeletion: () => void;
}

/** The caller as the edge tells it; undefined where there are no rules. */
export function callerOf({ request }: Exchange): Caller | undefined {
  const text = request.headers[INTERNAL_HEADERS.caller.key]?.toString();
  return text === undefined ? undefined : parseCaller(text);
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

export function noRoom({ report }: Pick<Context, 'report'>, maxBytes: number): HostedError {
  report.refused();
  const limit = `hosted images may take ${maxBytes} bytes (maxSize of hosted)`;
  return new HostedError(507, 'DENIED', `no room: ${limit}; delete images that nobody needs`);
}
