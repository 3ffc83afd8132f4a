import { createHmac, randomBytes } from 'node:crypto';
import type { IssuerOptions, IssuersFile } from '@registry-cache/domain';
import { createBoundedMap } from '@registry-cache/runtime';
import type { Accounts } from '../accounts/accounts.ts';
import type { Login } from '../accounts/login.ts';
import { SourceLimitedError } from '../limits/queue-errors.ts';
import { createSourceFailures, FAILURE_LIMITS } from '../limits/source-failures.ts';
import type { AuthReport } from '../report/report.ts';
import { checkToken } from './check-token.ts';
import { TokenRefusedError } from './errors.ts';
import type { KeySet } from './keys/key-set.ts';
import { createKeySource, type KeySource, type KeySourceDeps } from './keys/key-source.ts';
import { readToken } from './read-token.ts';

/** Logins by the tokens of issuers. */
export interface IssuerLogins {
  /**
   * The login of a token. Undefined for a text that is not a token of one of the issuers. The inner
   * `login` is undefined for such a token that is not accepted.
   *
   * @param source the client's address or network, under which wrong tokens are counted
   * @throws SourceLimitedError for a wrong token, if too many of them came from this source
   * @throws IssuerDownError if the keys are not known, because the issuer does not give them
   */
  verify(text: string, source: string): Promise<{ readonly login: Login | undefined } | undefined>;
}

export interface IssuerLoginsDeps extends Pick<KeySourceDeps, 'now' | 'sleep' | 'log'> {
  readonly file: { current(): Promise<IssuersFile> };
  readonly accounts: Accounts;
  readonly report: AuthReport;
  /** Makes what fetches documents, with PEM certificates to trust besides the system's. */
  readonly createFetchJson: (ca: string) => KeySourceDeps['fetchJson'];
}

interface Issuer {
  readonly options: IssuerOptions;
  readonly source: KeySource;
}

interface Token {
  readonly text: string;
  /** The client's address or network. */
  readonly source: string;
}

/** The outcome of a check. It counts while issuers and keys are the same objects. */
interface Remembered {
  readonly issuers: readonly Issuer[];
  readonly keys: readonly (KeySet | undefined)[];
  readonly login: Login | undefined;
}

const MAX_REMEMBERED = 10_000;

/**
 * Checks tokens of issuers, once for each token. Right and wrong tokens have memories of their own,
 * so that wrong ones do not push out others. Checking a signature is cheap, so tokens wait for no
 * turn. Wrong ones are counted apart from wrong passwords: they take no turns of users behind the
 * same address.
 */
export function createIssuerLogins(deps: IssuerLoginsDeps): IssuerLogins {
  const { file, accounts, report, now } = deps;
  const hashKey = randomBytes(32);
  const failures = createSourceFailures(FAILURE_LIMITS, now);
  const accepted = createBoundedMap<string, Remembered>(MAX_REMEMBERED);
  const refused = createBoundedMap<string, Remembered>(MAX_REMEMBERED);
  let opened: { readonly file: IssuersFile; readonly issuers: readonly Issuer[] } | undefined;

  /** Issuers that stay keep their keys. */
  async function currentIssuers(): Promise<readonly Issuer[]> {
    const current = await file.current();
    if (opened?.file === current) return opened.issuers;
    const before = opened?.file.ca === current.ca ? opened.issuers : [];
    const fetchJson = deps.createFetchJson(current.ca);
    const issuers = current.issuers.map((options) => {
      const same = before.find((one) => keysOf(one.options) === keysOf(options));
      return { options, source: same?.source ?? createKeySource(options, { ...deps, fetchJson }) };
    });
    opened = { file: current, issuers };
    return issuers;
  }

  function recall(key: string, issuers: readonly Issuer[]): Remembered | undefined {
    const found = accepted.get(key) ?? refused.get(key);
    const isSame =
      found?.issuers.length === issuers.length &&
      found.issuers.every(
        ({ options, source }, at) =>
          options.line === issuers[at]?.options.line &&
          source === issuers[at].source &&
          source.known === found.keys[at],
      );
    if (!isSame) return undefined;
    if (found.login === undefined) return found;
    return (found.login.expiresAt ?? 0) > now() / 1_000 ? found : undefined;
  }

  /** Several entries of the policy may be about one issuer. The first that accepts the token counts. */
  async function check(token: Token, issuers: readonly Issuer[]): Promise<Login> {
    const refusals: unknown[] = [];
    for (const issuer of issuers) {
      try {
        return await checkByIssuer(token, issuer);
      } catch (error) {
        if (!(error instanceof TokenRefusedError)) throw error;
        refusals.push(error);
      }
    }
    throw refusals[0];
  }

  async function checkByIssuer(token: Token, { options, source }: Issuer): Promise<Login> {
    const first = await source.current();
    try {
      return toLogin(await checkToken(token.text, options, first, now()), options);
    } catch (error) {
      if (!(error instanceof TokenRefusedError && error.isAboutKeys)) throw error;
      // The key may be new, even where it has the id of an old one. Addresses with too many wrong
      // tokens wait for no answer of the issuer.
      if (failures.waitMs(token.source) > 0) throw error;
      const newest = await source.newerThan(first);
      if (newest === first) throw error;
      return toLogin(await checkToken(token.text, options, newest, now()), options);
    }
  }

  function refuse(error: TokenRefusedError, issuer: string, source: string): void {
    if (failures.waitMs(source) > 0) {
      report.limited(source);
      throw new SourceLimitedError();
    }
    failures.add(source);
    report.refused(source, { issuer, reason: error.message });
  }

  /** A name of the htpasswd file belongs to its user, whatever an issuer says. */
  async function refuseNamesake(login: Login): Promise<void> {
    if ((await accounts.current()).has(login.user)) {
      throw new TokenRefusedError('its user is a name of the htpasswd file', { mayChange: true });
    }
  }

  return {
    async verify(text, source) {
      const token = readToken(text);
      if (token === undefined) return undefined;
      const all = await currentIssuers();
      const issuers = all.filter(({ options }) => options.issuer === token.issuer);
      if (issuers.length === 0) return undefined;
      const key = createHmac('sha256', hashKey).update(text).digest('base64');
      const known = recall(key, issuers);
      if (known !== undefined && known.login === undefined) {
        report.remembered();
        return { login: undefined };
      }
      try {
        const login = known?.login ?? (await check({ text, source }, issuers));
        await refuseNamesake(login);
        if (known === undefined) report.accepted();
        else report.remembered();
        accepted.set(key, rememberNow(issuers, login));
        return { login };
      } catch (error) {
        if (!(error instanceof TokenRefusedError)) throw error;
        refuse(error, token.issuer, source);
        if (!error.mayChange && !error.isAboutKeys)
          refused.set(key, rememberNow(issuers, undefined));
        return { login: undefined };
      }
    },
  };
}

/** Where the keys of an issuer come from. Entries for one issuer may have them in common. */
function keysOf({ issuer, keys }: IssuerOptions): string {
  return JSON.stringify([issuer, keys]);
}

function rememberNow(issuers: readonly Issuer[], login: Login | undefined): Remembered {
  return { issuers, keys: issuers.map(({ source }) => source.known), login };
}

function toLogin(
  { user, groups, expiresAt }: Awaited<ReturnType<typeof checkToken>>,
  { issuer, line }: IssuerOptions,
): Login {
  return { user, groups, source: issuer, line, expiresAt };
}
