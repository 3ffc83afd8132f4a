import { randomBytes } from 'node:crypto';

/** Tokens that a service gave, and until when each is good. */
export interface GivenTokens {
  /** @param extra what the token is for. */
  give(now: number, lifetimeMs: number, extra?: string): string;
  /** The `extra` of a good token; undefined for any other text. */
  check(token: string, now: number): string | undefined;
  /** Ends all that were given so far, although nobody was told. */
  end(): void;
}

export function createGivenTokens(prefix: string): GivenTokens {
  const given = new Map<string, { until: number; extra: string }>();
  let count = 0;
  return {
    give(now, lifetimeMs, extra = '') {
      count += 1;
      const token = `${prefix}${count}-${randomBytes(12).toString('hex')}`;
      given.set(token, { until: now + lifetimeMs, extra });
      return token;
    },
    check(token, now) {
      const found = given.get(token);
      return found !== undefined && found.until > now ? found.extra : undefined;
    },
    end: () => given.clear(),
  };
}
