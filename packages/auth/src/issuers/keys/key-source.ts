import type { IssuerOptions } from '@registry-cache/domain';
import { IssuerDownError } from '../errors.ts';
import type { FetchJson } from './fetch-json.ts';
import { fetchKeys } from './fetch-keys.ts';
import type { KeySet } from './key-set.ts';

/** The keys of one issuer, kept while it is down. */
export interface KeySource {
  /** The keys that are known now. Old ones are fetched again meanwhile. */
  readonly known: KeySet | undefined;
  /**
   * Keys to check a token with. They are fetched if there are none.
   *
   * @throws IssuerDownError if none are known and the issuer does not give them
   */
  current(): Promise<KeySet>;
  /**
   * Keys that are newer than `seen`, where the issuer has any. It is asked every few seconds at
   * most, so that tokens with invented key ids cannot flood it. A token of a new key waits for the
   * next time.
   *
   * @throws IssuerDownError if it does not answer, since the newest keys are not known then
   */
  newerThan(seen: KeySet): Promise<KeySet>;
}

export interface KeySourceDeps {
  readonly fetchJson: FetchJson;
  /** In milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly log: {
    info(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

/** A key that its issuer has removed counts no longer than this. */
const REFRESH_AFTER_MS = 5 * 60_000;
const ASK_EVERY_MS = 3_000;

export function createKeySource(issuer: IssuerOptions, deps: KeySourceDeps): KeySource {
  const { fetchJson, now, sleep, log } = deps;
  let keys: KeySet | undefined;
  let fetchedMs = Number.NEGATIVE_INFINITY;
  let askedMs = Number.NEGATIVE_INFINITY;
  let hasFailed = false;
  let running: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    askedMs = now();
    try {
      const fetched = await fetchKeys(issuer, fetchJson);
      // The same object for the same keys: remembered logins end with it.
      if (keys?.text !== fetched.text) keys = fetched;
      fetchedMs = now();
      if (hasFailed) log.info({ issuer: issuer.issuer }, 'the keys of the issuer are there again');
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) {
        const fields = { issuer: issuer.issuer, err: error };
        log.error(
          fields,
          `the keys of the issuer cannot be fetched, ${keys ? 'the last ones stay' : 'its tokens are not accepted yet'}`,
        );
      }
      hasFailed = true;
    }
  }

  /** Joins a fetch, or starts one as soon as the issuer may be asked again. */
  async function ask(): Promise<void> {
    running ??= askInTime().finally(() => {
      running = undefined;
    });
    await running;
  }

  async function askInTime(): Promise<void> {
    const waitMs = askedMs + ASK_EVERY_MS - now();
    if (waitMs > 0) await sleep(waitMs);
    await refresh();
  }

  function refreshOld(): void {
    const isOld = issuer.keys.from !== 'file' && now() - fetchedMs > REFRESH_AFTER_MS;
    if (keys !== undefined && isOld) void ask();
  }

  return {
    get known() {
      refreshOld();
      return keys;
    },
    async current() {
      refreshOld();
      const isTime = running !== undefined || now() - askedMs >= ASK_EVERY_MS;
      if (keys === undefined && isTime) await ask();
      if (keys === undefined) throw new IssuerDownError(issuer.issuer);
      return keys;
    },
    async newerThan(seen) {
      if (keys !== undefined && keys !== seen) return keys;
      if (issuer.keys.from !== 'file') await ask();
      if (hasFailed) throw new IssuerDownError(issuer.issuer);
      return keys ?? seen;
    },
  };
}
