export type { AccessPolicy, AccessRule, AskedRegistries, Right } from '@registry-cache/domain';

/** Who asks, after the login. */
export interface Caller {
  /** Undefined without a login. */
  readonly user: string | undefined;
  /** Groups by an issuer's claim. */
  readonly groups: readonly string[];
  /** The client's IP address. */
  readonly address: string;
  /** Whether this is no user of the cache, but one whom the image's own registry lets pull it. */
  readonly isConfirmed?: boolean | undefined;
}
