import type { TriedRegistry } from '../registries/try-registries.ts';

/** A registry that is well: it answers by IPv4 and accepts the login. */
export function wellRegistry(changes: Partial<TriedRegistry> = {}): TriedRegistry {
  const address = '192.0.2.1';
  return {
    name: 'reg.test',
    origin: 'https://reg.test',
    proxy: undefined,
    lookup: {
      host: 'reg.test',
      addresses: [{ address, family: 4 }],
      tookMs: 3,
      failure: undefined,
    },
    first: { kind: 'answer', status: 401, aheadMs: 400, isPage: false },
    login: {
      kind: 'basic',
      realm: 'https://auth.test/token',
      outcome: { kind: 'accepted' },
    },
    hasCredential: true,
    credentialEndsMs: undefined,
    reached: [{ address, port: 443, family: 4, outcome: 'open' }],
    answersSmall: undefined,
    ...changes,
  };
}

/** A registry that gives no answer. */
export function failingRegistry(
  failure: Partial<Extract<TriedRegistry['first'], { kind: 'failure' }>>,
  changes: Partial<TriedRegistry> = {},
): TriedRegistry {
  const first = {
    kind: 'failure',
    phase: 'connect',
    timedOut: false,
    code: '',
    message: 'no answer',
    ...failure,
  } as const;
  return wellRegistry({ first, login: undefined, ...changes });
}
