import type { LookupAll } from '../../wire/transport/connector.ts';
import type { ProxyEnvironment } from '../../wire/transport/proxy-rules.ts';
import type { TunnelRules } from './rules.ts';

/** The next hop of a tunnel: where to connect, and what to send there before the client's bytes. */
export interface Onward {
  readonly address: string;
  readonly port: number;
  /** Empty, or the CONNECT request for an outbound proxy; it may hold a password. */
  readonly head: string;
}

/** Why there is no tunnel, in words that the client may read. */
export interface NoTunnel {
  readonly status: 403 | 502 | 504;
  readonly reason: string;
}

export interface OnwardDeps {
  readonly rules: TunnelRules;
  readonly lookup: LookupAll;
  readonly proxyLookup: LookupAll;
  readonly connectMs: number;
  readonly env: ProxyEnvironment;
}
