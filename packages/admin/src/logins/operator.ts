import type { IncomingMessage } from 'node:http';
import type { OperatorRight } from '@registry-cache/access';

/** A user of the admin API. */
export interface Operator {
  /** Undefined for a client without a login. */
  readonly user: string | undefined;
  /** The client's address; empty on the unix socket. */
  readonly address: string;
  /** As the audit log has it: by the unix socket, or from elsewhere. */
  readonly way: 'operator' | 'api';
  readonly rights: ReadonlySet<OperatorRight>;
  /** Whether logins are checked here, so that one may give further rights. */
  readonly mayLogIn: boolean;
}

/**
 * Finds out who asks.
 * @throws AdminError for a wrong login, and where logins cannot be checked.
 */
export type FindOperator = (request: Pick<IncomingMessage, 'headers'>) => Promise<Operator>;

/** A process that can open the unix socket may do everything. */
export const LOCAL_OPERATOR: Operator = {
  user: 'operator',
  address: '',
  way: 'operator',
  rights: new Set(['view', 'admin']),
  mayLogIn: false,
};
