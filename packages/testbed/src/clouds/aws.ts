import { randomBytes } from 'node:crypto';
import type { OpenIdIssuer } from '../tokens/openid-issuer.ts';
import { createGivenTokens, type GivenTokens } from './given-tokens.ts';
import {
  type CloudAnswer,
  type CloudRequestSeen,
  type CloudService,
  type CloudServiceOptions,
  demand,
  Refusal,
  startCloudService,
} from './service.ts';
import { type AwsKey, checkSignature } from './sigv4.ts';
import { checkSubjectToken } from './subject-token.ts';

const TARGETS: Readonly<Record<string, string>> = {
  'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken': 'ecr',
  'SpencerFrontendService.GetAuthorizationToken': 'ecr-public',
};
const HOUR_MS = 3_600_000;
const ROLE_PATH = '/latest/meta-data/iam/security-credentials/';

export interface AwsOptions extends CloudServiceOptions {
  /** A key that lasts. */
  readonly key?: AwsKey;
  /** The issuer that a role trusts. */
  readonly issuer?: OpenIdIssuer;
  /** The token that Pod Identity's agent wants. */
  readonly podToken?: string;
}

export interface Aws extends AsyncDisposable {
  /** ECR, public ECR and STS. */
  readonly services: CloudService;
  /** The metadata service (IMDSv2) and Pod Identity's agent (`/v1/credentials`), by plain http. */
  readonly metadata: CloudService;
  /** Passwords of ECR, each with the region that it is for, or `public`. */
  readonly passwords: GivenTokens;
  lifetimeMs: number;
}

/** Services of AWS that check what the real ones check. */
export async function startAws(options: AwsOptions = {}): Promise<Aws> {
  const { host, issuer, podToken } = options;
  const keys: AwsKey[] = options.key === undefined ? [] : [options.key];
  const passwords = createGivenTokens('ecr-');
  const sessions = createGivenTokens('imds-');
  const giveKey = (now: number) => {
    const id = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    const key = { id, secret: randomBytes(20).toString('hex'), session: `session-${id}` };
    keys.push(key);
    const expires = new Date(now + HOUR_MS).toISOString();
    return { id, secret: key.secret, session: key.session, expires };
  };
  const services = await startCloudService(options, (request) =>
    request.headers['x-amz-target'] === undefined ? assume(request) : authorize(request),
  );
  const metadata = await startCloudService(host === undefined ? {} : { host }, (request) => {
    const now = metadata.now();
    if (request.url.pathname === '/v1/credentials') {
      demand(request.headers.authorization === podToken, 401, { Code: 'AccessDenied' });
      return { body: credentialsOf(giveKey(now)) };
    }
    return askMetadata(request, sessions, now, () => credentialsOf(giveKey(now)));
  });

  const authorize = (request: CloudRequestSeen): CloudAnswer => {
    const now = services.now();
    const service = TARGETS[String(request.headers['x-amz-target'])];
    demand(service !== undefined, 400, { __type: 'UnknownOperationException' });
    const checked = checkSignature(request, keys, service, now);
    if ('fault' in checked) {
      throw new Refusal(400, { __type: checked.fault, message: 'Signature expired or wrong' });
    }
    const isPublic = service === 'ecr-public';
    const password = passwords.give(now, aws.lifetimeMs, isPublic ? 'public' : checked.region);
    const data = {
      authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
      expiresAt: (now + aws.lifetimeMs) / 1000,
    };
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    return { headers, body: { authorizationData: isPublic ? data : [data] } };
  };

  const assume = async ({ body }: CloudRequestSeen): Promise<CloudAnswer> => {
    const form = new URLSearchParams(body);
    const refused =
      '<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>';
    demand(form.get('Action') === 'AssumeRoleWithWebIdentity', 400, refused);
    demand(/^arn:aws:iam::\d{12}:role\/.+$/.test(form.get('RoleArn') ?? ''), 400, refused);
    demand(issuer !== undefined, 400, refused);
    const token = form.get('WebIdentityToken') ?? '';
    const fault = { Error: 'InvalidIdentityToken' };
    await checkSubjectToken(token, issuer, 'sts.amazonaws.com', services.now(), fault);
    const { id, secret, session, expires } = giveKey(services.now());
    return {
      body: `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/pull/x</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey><SessionToken>${session}</SessionToken><Expiration>${expires}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
    };
  };

  const aws: Aws = {
    services,
    metadata,
    passwords,
    lifetimeMs: 12 * HOUR_MS,
    async [Symbol.asyncDispose]() {
      await Promise.all([services.server.stop(), metadata.server.stop()]);
    },
  };
  return aws;
}

/** Version 2 of the metadata service: each request needs a token, and a token needs a PUT. */
function askMetadata(
  { method, url, headers }: CloudRequestSeen,
  sessions: GivenTokens,
  now: number,
  give: () => object,
): CloudAnswer {
  if (method === 'PUT' && url.pathname === '/latest/api/token') {
    const seconds = Number(headers['x-aws-ec2-metadata-token-ttl-seconds']);
    demand(seconds > 0 && seconds <= 21_600, 400, 'Bad Request');
    return { body: sessions.give(now, seconds * 1000) };
  }
  const token = String(headers['x-aws-ec2-metadata-token'] ?? '');
  demand(sessions.check(token, now) !== undefined, 401, 'Unauthorized');
  if (url.pathname === ROLE_PATH) return { body: 'node-role' };
  demand(url.pathname === `${ROLE_PATH}node-role`, 404, 'Not Found');
  return { body: { Code: 'Success', ...give() } };
}

function credentialsOf(key: { id: string; secret: string; session: string; expires: string }) {
  return {
    AccessKeyId: key.id,
    SecretAccessKey: key.secret,
    Token: key.session,
    Expiration: key.expires,
  };
}
