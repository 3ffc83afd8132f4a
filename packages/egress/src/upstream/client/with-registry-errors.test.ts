import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import { TransportError } from '../../wire/transport/failure.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { TokenRefusedError } from '../auth/token-request.ts';
import type { UpstreamClient } from './upstream-client.ts';
import { withRegistryErrors } from './with-registry-errors.ts';

const refusal: Reply = {
  url: new URL('https://auth.example.com/token'),
  redirected: false,
  status: 400,
  headers: {},
  body: Object.assign(Readable.from([Buffer.from('{"details":"bad login"}')]), {
    dump: async () => undefined,
  }),
};
const limit = new RegistryError({ phase: 'limit', code: 'TOOMANYREQUESTS', message: 'later' });

test.each([
  [
    new TransportError('connect', 'no route'),
    502,
    'connect',
    'quay.io could not be asked: no route',
  ],
  [
    new TransportError('headers', 'no answer', { timedOut: true }),
    504,
    'headers',
    'quay.io could not be asked: no answer',
  ],
  [
    new TokenRefusedError(refusal),
    401,
    'token',
    'auth.example.com, the token service of quay.io, answered 400 Bad Request: bad login',
  ],
  [new Error('helper failed'), 502, 'credentials', 'quay.io could not be asked: helper failed'],
  [limit, 429, 'limit', 'later'],
])(
  'each request of a client that fails with %s rejects with a RegistryError',
  async (cause, status, phase, message) => {
    const fail = () => Promise.reject(cause);
    const bare: UpstreamClient = {
      health: { circuit: 'closed', admit: () => undefined },
      fetch: fail,
      pass: fail,
      tryLogin: fail,
      follow: fail,
      distrust: () => false,
      close: async () => undefined,
    };
    const client = withRegistryErrors(bare, 'quay.io');
    const { signal } = new AbortController();
    const url = new URL('https://quay.io/v2/');
    const error = await client
      .fetch({ method: 'GET', path: '/v2/', repository: 'a', headers: {}, signal })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RegistryError);
    expect(error).toMatchObject({ status, phase, message });
    await expect(client.pass({ method: 'GET', url, headers: {}, signal })).rejects.toBeInstanceOf(
      RegistryError,
    );
    await expect(client.follow(url, { method: 'GET', headers: {}, signal })).rejects.toBeInstanceOf(
      RegistryError,
    );
  },
);
