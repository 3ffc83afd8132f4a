import type { Fault } from './fault.ts';

/** Faults of challenges and logins. */
export const LOGIN_FAULTS = {
  'challenge-unusable': {
    check: 'logins',
    severity: 'error',
    meaning:
      'The registry asks for a login in no way that registries use (Basic, Bearer with a realm).',
    accepted: '`WWW-Authenticate` with Basic, or with Bearer and the URL of a token service',
    advice: 'correct the configuration of the registry: `auth.token.realm`',
  },
  'realm-forbidden': {
    check: 'logins',
    severity: 'error',
    meaning:
      'The registry names a token service where the cache sends no credentials: by plain HTTP, or at a private address.',
    accepted: 'a token service by https, and at a public address for a public registry',
    advice:
      'correct the realm of the registry; `storageHosts` in the policy allows a private address',
  },
  'realm-unreachable': {
    check: 'logins',
    severity: 'error',
    meaning: 'The token service that the registry names does not answer, so there is no token.',
    accepted: 'a token service that answers',
    advice: 'open the firewall for the token service too, and trust its authority',
  },
  'login-refused': {
    check: 'logins',
    severity: 'error',
    meaning: 'The registry, or its token service, does not accept the login of the pull secret.',
    accepted: 'a login that the registry accepts',
    advice: 'log in again: `podman login --authfile pull-secret.json HOST`',
  },
  'login-ended': {
    check: 'logins',
    severity: 'error',
    meaning: 'The token in the pull secret says by itself that it has ended.',
    accepted: 'a token that is valid now',
    advice: 'get a new one: `podman login --authfile pull-secret.json HOST`',
  },
  'login-missing': {
    check: 'logins',
    severity: 'warning',
    meaning: 'The registry serves nobody without a login, and the pull secret has none for it.',
    accepted: 'a login in the pull secret',
    advice: '`podman login --authfile pull-secret.json HOST`, or leave the registry out',
  },
  'login-unavailable': {
    check: 'logins',
    severity: 'error',
    meaning: 'A credential helper, the identity of a cloud, or a token service gives no login.',
    accepted: 'a login',
    advice: 'run the helper by hand in the container; look at the role of the machine or pod',
  },
} as const satisfies Readonly<Record<string, Fault>>;
