import type { Aliases } from './aliases/apply.ts';
import { BUCKET_SETTINGS } from './tables/bucket.ts';
import { CONNECT_SETTINGS } from './tables/connect.ts';
import { EDGE_SETTINGS } from './tables/edge.ts';
import { EGRESS_SETTINGS } from './tables/egress.ts';
import { LOG_SETTINGS } from './tables/logs.ts';
import { PEER_SETTINGS } from './tables/peers.ts';
import { STORE_SETTINGS } from './tables/store.ts';
import { TAG_SETTINGS } from './tables/tags.ts';
import { TRACE_SETTINGS } from './tables/traces.ts';
import type { Setting } from './values/setting.ts';
import type { ParseValue } from './values/value.ts';

/**
 * Every environment variable that the appliance reads. This table feeds the parser,
 * `registry-cache settings` and docs/configuration.md; there is no other list.
 */
export const SETTINGS = {
  ...STORE_SETTINGS,
  ...EDGE_SETTINGS,
  ...EGRESS_SETTINGS,
  ...BUCKET_SETTINGS,
  ...TAG_SETTINGS,
  ...CONNECT_SETTINGS,
  ...PEER_SETTINGS,
  ...LOG_SETTINGS,
  ...TRACE_SETTINGS,
} as const satisfies Record<string, Setting<unknown>>;

type ValueOf<S> = S extends { parse: ParseValue<infer T> } ? T : never;

/** The settings by name, each as the value that its row parses to (bytes, milliseconds, …). */
export type SettingValues = {
  readonly [Name in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[Name]>;
};

export interface Settings extends SettingValues {
  /** Whether the operator set PULLSECRETPATH. A pull secret must be there then. */
  readonly isPullSecretPathSet: boolean;
  /** The part of the environment that is another program's. */
  readonly aliases: Aliases;
}
