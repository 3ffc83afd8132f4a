import { readFile } from 'node:fs/promises';
import {
  AwsClient,
  type BaseExternalAccountClient,
  Compute,
  type gaxios,
  IdentityPoolClient,
  JWT,
} from 'google-auth-library';
import { CloudError, plainCode } from '../cloud-error.ts';
import type { CloudDeps } from '../cloud-login.ts';
import { parseMembers } from '../send.ts';

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];
const VARIABLE = 'GOOGLE_APPLICATION_CREDENTIALS';

/** A client of Google's library for one access token. */
export interface TokenClient {
  getAccessToken(): Promise<{ readonly token?: string | null }>;
  /** A client whose assertion is of a clock that is so far ahead of ours, where there is one. */
  readonly withClock?: (skewMs: number) => TokenClient;
}

/**
 * The identity of the file that GOOGLE_APPLICATION_CREDENTIALS names, else that of the machine's
 * metadata server.
 * @throws CloudError for a file that cannot be used.
 */
export async function openClient(
  { env }: Pick<CloudDeps, 'env'>,
  transporter: gaxios.Gaxios,
): Promise<TokenClient> {
  const path = env[VARIABLE] ?? '';
  if (path === '') return new Compute({ scopes: SCOPES, transporter });
  const members = parseMembers(await read(path));
  switch (members.type) {
    case 'service_account':
      return openKey(members, transporter);
    case 'external_account':
      return openExternal(members, transporter);
  }
  const type = plainCode(members.type);
  const found = type === undefined ? 'no JSON with a type' : `of the type ${type}`;
  const accepted = 'accepted are service_account and external_account';
  throw new CloudError('google', `the file of ${VARIABLE} is ${found}; ${accepted}`);
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const code = plainCode(error.code) ?? 'no reason';
    throw new CloudError('google', `the file of ${VARIABLE} cannot be read (${code})`);
  });
}

type Members = Readonly<Record<string, unknown>>;

function openKey(members: Members, transporter: gaxios.Gaxios, skewMs?: number): TokenClient {
  const { client_email: email, private_key: key } = members;
  if (typeof email !== 'string' || typeof key !== 'string') {
    throw new CloudError('google', `the file of ${VARIABLE} lacks client_email or private_key`);
  }
  const iat = Math.floor((Date.now() + (skewMs ?? 0)) / 1000);
  const times = skewMs === undefined ? {} : { additionalClaims: { iat, exp: iat + 3600 } };
  const client = new JWT({ email, key, scopes: SCOPES, transporter, ...times });
  return {
    getAccessToken: () => client.getAccessToken(),
    withClock: (skew) => openKey(members, transporter, skew),
  };
}

/** Its file names where the token of the workload is, and Google's services that exchange it. */
function openExternal(members: Members, transporter: gaxios.Gaxios): BaseExternalAccountClient {
  const source = Object(members.credential_source) as Members;
  if (source.executable !== undefined) {
    const accepted = 'accepted are file, url and environment_id';
    throw new CloudError('google', `the file of ${VARIABLE} runs a program; ${accepted}`);
  }
  const Client = source.environment_id === undefined ? IdentityPoolClient : AwsClient;
  const options = { ...members, scopes: SCOPES, transporter };
  const client = create(() => new Client(options as never));
  // The library gives the exchange a transport of its own, which knows no proxy of ours.
  if (source.certificate === undefined) {
    const { stsCredential } = client as unknown as {
      stsCredential: { transporter: gaxios.Gaxios };
    };
    stsCredential.transporter = transporter;
  }
  return client;
}

/** The library's message may have parts of the file. */
function create<T>(open: () => T): T {
  try {
    return open();
  } catch {
    throw new CloudError('google', `the file of ${VARIABLE} lacks a part of an external account`);
  }
}
