import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import {
  ECRPUBLICClient,
  GetAuthorizationTokenCommand as GetPublicTokenCommand,
} from '@aws-sdk/client-ecr-public';
import { type EcrRegistry, parseEcrHost, Secret } from '@registry-cache/domain';
import { CloudError, plainCode } from '../cloud-error.ts';
import type { CloudDeps, CloudLogin, FreshLogin } from '../cloud-login.ts';
import { type CloudReply, leftUntil, noting } from '../send.ts';
import { openHandler } from './handler.ts';

/** The lifetime that ECR documents. */
const DEFAULT_LIFETIME_MS = 12 * 3_600_000;

/**
 * A login of ECR in the region that the host names, or of public ECR. The credentials are those that
 * the SDK finds: in the environment and files, by a web identity, Pod Identity, or IMDSv2. Each
 * renewal looks for them anew, so that rotated files count.
 * @throws CloudError
 */
export async function fetchEcrLogin(
  host: string,
  deps: CloudDeps,
  signal: AbortSignal,
): Promise<FreshLogin> {
  const registry = parseEcrHost(host);
  if (registry === undefined) throw new CloudError('aws', `${host} is no registry of ECR`);
  const { send, last } = noting(deps.sendOut);
  try {
    const { authorizationToken = '', expiresAt } = await requestToken(registry, send, signal);
    return {
      login: parseLogin(authorizationToken),
      lifetimeMs: lifetimeOf(expiresAt, last()),
    };
  } catch (error) {
    throw describe(error);
  }
}

interface Authorization {
  readonly authorizationToken?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

async function requestToken(
  { region, isPublic, isFips, isDualStack }: EcrRegistry,
  send: CloudDeps['sendOut'],
  abortSignal: AbortSignal,
): Promise<Authorization> {
  const shared = { region, requestHandler: openHandler(send) };
  if (isPublic) {
    const client = new ECRPUBLICClient(shared);
    const { authorizationData } = await client.send(new GetPublicTokenCommand({}), { abortSignal });
    return authorizationData ?? {};
  }
  const client = new ECRClient({
    ...shared,
    useFipsEndpoint: isFips,
    useDualstackEndpoint: isDualStack,
  });
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}), {
    abortSignal,
  });
  return authorizationData?.[0] ?? {};
}

/** Base64 of `AWS:password`. */
function parseLogin(token: string): CloudLogin {
  const pair = Buffer.from(token, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 1) throw new CloudError('aws', 'ECR answered without an authorization token');
  const password = new Secret(pair.slice(colon + 1));
  return { kind: 'basic', username: pair.slice(0, colon), password };
}

function lifetimeOf(expiresAt: Date | undefined, reply: CloudReply | undefined): number {
  if (expiresAt === undefined) return DEFAULT_LIFETIME_MS;
  const leftMs = leftUntil(expiresAt.getTime(), reply);
  return leftMs > 0 ? leftMs : DEFAULT_LIFETIME_MS;
}

function describe(error: unknown): CloudError {
  if (error instanceof CloudError) return error;
  const { name, $metadata } = Object(error) as {
    name?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  const code = plainCode(name) ?? 'an unknown failure';
  const status = $metadata?.httpStatusCode;
  const reason = status === undefined ? code : `a service answered ${status} ${code}`;
  return new CloudError('aws', reason);
}
