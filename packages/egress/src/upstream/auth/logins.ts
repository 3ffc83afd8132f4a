import { type Credential, type CredentialsFile, realmKey } from '@registry-cache/domain';
import type { CloudAccess } from './cloud-access.ts';
import { askHelper, type RunHelper } from './credential-helper.ts';
import { ANONYMOUS, basicLogin, identityLogin, type Login, registryTokenLogin } from './login.ts';

/** The present credentials. They are read anew for each request. */
export interface Logins {
  /** @throws Error if a credential helper fails. */
  current(upstreamId: string): Promise<Login>;
  /** The own login of a token service, by its host and port; anonymous if it has none. */
  ofRealm(host: string): Promise<Login>;
  /** The upstream refused this login, so its helper must be asked again. */
  refused(upstreamId: string): void;
  /** Another login in place of one that the upstream refused; undefined if there is none. */
  replace(upstreamId: string, refused: Login): Promise<Login | undefined>;
}

export interface LoginsDeps {
  readonly read: () => Promise<CredentialsFile>;
  readonly runHelper: RunHelper;
  /** The identities of clouds. */
  readonly cloud: CloudAccess;
  readonly now: () => number;
}

/** How long the answer of a helper is used without another run: a login, or a failure. */
const KEEP_MS = 60_000;
const KEEP_FAILURE_MS = 5_000;

export function createLogins({ read, runHelper, cloud, now }: LoginsDeps): Logins {
  const asked = new Map<string, { login: Promise<Login>; until: number }>();

  const viaHelper = (id: string, program: string, serverUrl: string): Promise<Login> => {
    const key = JSON.stringify([id, program, serverUrl]);
    const known = asked.get(key);
    if (known !== undefined && known.until > now()) return known.login;
    const entry = { login: askHelper(program, serverUrl, runHelper), until: now() + KEEP_MS };
    entry.login.catch(() => {
      entry.until = now() + KEEP_FAILURE_MS;
    });
    asked.set(key, entry);
    return entry.login;
  };

  const credentialOf = async (upstreamId: string): Promise<Credential | undefined> => {
    const credentials = await read();
    return Object.hasOwn(credentials, upstreamId) ? credentials[upstreamId] : undefined;
  };

  const logins: Logins = {
    async current(upstreamId) {
      const credential = await credentialOf(upstreamId);
      if (credential?.kind === 'helper') {
        return viaHelper(upstreamId, credential.program, credential.serverUrl);
      }
      if (credential?.kind === 'cloud') return cloud.current(upstreamId, credential);
      return plainLogin(credential);
    },
    ofRealm: (host) => logins.current(realmKey(host)),
    refused(upstreamId) {
      for (const key of asked.keys()) {
        if ((JSON.parse(key) as string[])[0] === upstreamId) asked.delete(key);
      }
    },
    async replace(upstreamId, refused) {
      const credential = await credentialOf(upstreamId);
      return credential?.kind === 'cloud'
        ? cloud.replace(upstreamId, credential, refused)
        : undefined;
    },
  };
  return logins;
}

/** Upstream and token services for which there are credentials. */
export interface KnownLogins {
  /** Whether the upstream itself has some. */
  readonly own: boolean;
  /** Hosts of token services. */
  readonly realms: ReadonlySet<string>;
}

export function knownLogins(credentials: CredentialsFile, upstreamId: string): KnownLogins {
  const realms = Object.keys(credentials).filter((key) => key.startsWith(realmKey('')));
  return {
    own: Object.hasOwn(credentials, upstreamId),
    realms: new Set(realms.map((key) => key.slice(realmKey('').length))),
  };
}

function plainLogin(
  credential: Exclude<Credential, { kind: 'helper' | 'cloud' }> | undefined,
): Login {
  if (credential?.kind === 'basic') return basicLogin(credential.username, credential.password);
  if (credential?.kind === 'identity-token') return identityLogin(credential.token);
  if (credential?.kind === 'registry-token') return registryTokenLogin(credential.token);
  return ANONYMOUS;
}
