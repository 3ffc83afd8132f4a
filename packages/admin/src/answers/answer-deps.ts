import type { AdminOptions } from '@registry-cache/domain';
import type { History } from '@registry-cache/history';
import type { HeldReader } from '@registry-cache/pins';
import type { Audit, Logger } from '@registry-cache/runtime';
import type { Commands } from '../commands/commands.ts';
import type { ImageWalk } from '../images/image-walk.ts';
import type { Operator } from '../logins/operator.ts';
import type { FollowedAudit } from '../sources/followed-audit.ts';
import type { Exchange } from './exchange.ts';

/** The collaborators of the verbs. */
export interface AnswerDeps {
  readonly options: AdminOptions;
  readonly history: History;
  readonly images: ImageWalk;
  readonly commands: Commands;
  readonly auditLog: Pick<FollowedAudit, 'changes' | 'refusals'>;
  /** The content that pins hold. */
  readonly held: Pick<HeldReader, 'current'>;
  /** The name that people write for an upstream; undefined for an id that is not served. */
  readonly nameOf: (upstreamId: string) => string | undefined;
  /** The version of the cache. */
  readonly version: string;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  readonly log: Logger;
  readonly audit: Pick<Audit, 'record'>;
  /** Who asks. */
  readonly operator: Operator;
  readonly exchange: Exchange;
}
