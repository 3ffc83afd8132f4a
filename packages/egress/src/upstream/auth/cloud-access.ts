import type { CloudLogin, CloudLogins, CloudRegistry } from '@registry-cache/cloud';
import type { Credential } from '@registry-cache/domain';
import { basicLogin, identityLogin, type Login } from './login.ts';

type CloudCredential = Extract<Credential, { kind: 'cloud' }>;

/** The logins of upstreams that get the identity of a cloud. */
export interface CloudAccess {
  /** @throws Error if the cloud gives no login. */
  current(upstreamId: string, credential: CloudCredential): Promise<Login>;
  /** Another login than the refused one; undefined if that would not help. */
  replace(
    upstreamId: string,
    credential: CloudCredential,
    refused: Login,
  ): Promise<Login | undefined>;
}

/** Where a registry is, and how to send requests to it. */
export type FindRegistry = (upstreamId: string) => Pick<CloudRegistry, 'origin' | 'send'>;

export function createCloudAccess(cloud: CloudLogins, findRegistry: FindRegistry): CloudAccess {
  const logins = new WeakMap<CloudLogin, Login>();
  const givenAs = new WeakMap<Login, CloudLogin>();
  /** A login is made once for each that the cloud gave. */
  const loginOf = (given: CloudLogin): Login => {
    const login = logins.get(given) ?? toLogin(given);
    logins.set(given, login);
    givenAs.set(login, given);
    return login;
  };
  const registryOf = (id: string, { cloud, host }: CloudCredential): CloudRegistry => ({
    cloud,
    host,
    ...findRegistry(id),
  });
  return {
    current: async (id, credential) => loginOf(await cloud.current(registryOf(id, credential))),
    async replace(id, credential, refused) {
      const given = givenAs.get(refused);
      if (given === undefined) return undefined;
      const next = await cloud.replace(registryOf(id, credential), given);
      return next && loginOf(next);
    },
  };
}

function toLogin(given: CloudLogin): Login {
  return given.kind === 'basic'
    ? { ...basicLogin(given.username, given.password.reveal()), isForHostOnly: true }
    : { ...identityLogin(given.token.reveal()), isForHostOnly: true };
}
