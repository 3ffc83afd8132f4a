import type { AuditEvent } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import type { ReadListRights } from './cache/contract/list-rights.ts';
import { type RunHelper, runHelper } from './upstream/auth/credential-helper.ts';
import type { LookupAll } from './wire/transport/connector.ts';
import type { ProxyEnvironment } from './wire/transport/proxy-rules.ts';

/** External dependencies that tests replace. */
export interface EgressDeps {
  /** Names the outbound proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
  readonly env: ProxyEnvironment;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly runHelper: RunHelper;
  /** What callers may see in lists. Default: what the rules of the options say. */
  readonly listRights?: ReadListRights;
  /** Takes events of the audit. Default: the audit log in the store's volume. */
  readonly audit?: (event: AuditEvent) => void;
  /** Default: lines on stdout. */
  readonly log?: Logger;
  /** Looks up names that the operator chose; default: the system's resolver. */
  readonly lookup?: LookupAll;
  /** Looks up names that clients choose; default: DNS. */
  readonly clientLookup?: LookupAll;
}

export const REAL_DEPS: EgressDeps = {
  env: process.env,
  now: Date.now,
  runHelper,
};
