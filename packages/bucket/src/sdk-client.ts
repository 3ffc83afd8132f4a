import { S3Client } from '@aws-sdk/client-s3';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { OpenBucketOptions } from './bucket.ts';
import { type BucketSend, openHandler } from './handler.ts';

/** The SDK would write a line for each failure. Failures are told by the caller, once. */
const silent = () => undefined;
const SILENT = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

/** The statuses by which S3 refuses credentials. Expired ones get 400. */
const REFUSED = new Set([400, 401, 403]);
/** Credentials are looked for anew no more often than this. */
const NEW_CREDENTIALS_MS = 1_000;

export interface SdkClient {
  /** The client for the next command. */
  current(): S3Client;
  /** Reports the status of a failure. After a refusal, the next client looks for credentials anew. */
  noteFailure(status: number): void;
  /** The time by the clock of the server that answered last, to sign for; ours before any answer. */
  serverDate(): Date;
}

/**
 * A client with the credentials that the SDK finds: in the environment and files, by a web identity,
 * Pod Identity, or IMDSv2. Nothing is asked of the bucket yet, and nothing is asked twice.
 */
export function openSdkClient(
  { region, endpoint, isPathStyle }: OpenBucketOptions,
  send: BucketSend,
  now: () => number,
): SdkClient {
  let aheadMs = 0;
  const requestHandler = openHandler(async (request, signal) => {
    const reply = await send(request, signal);
    const theirMs = Date.parse(reply.headers.date ?? '');
    if (!Number.isNaN(theirMs)) aheadMs = theirMs - Date.now();
    return reply;
  });
  const connect = (systemClockOffset: number) =>
    new S3Client({
      region,
      ...(endpoint !== undefined && { endpoint }),
      forcePathStyle: isPathStyle,
      maxAttempts: 1,
      logger: SILENT,
      // Digests are checked here, and many servers know no other checksum.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler,
      // A clock that is wrong is allowed for: the server's answers have told it.
      systemClockOffset,
      // The SDK would read each file once, and keep credentials without an end for ever.
      credentialDefaultProvider: (init) => defaultProvider({ ...init, ignoreCache: true }),
    });
  let client = connect(0);
  let connectedMs = now();
  return {
    current: () => client,
    noteFailure(status) {
      if (!REFUSED.has(status) || now() - connectedMs < NEW_CREDENTIALS_MS) return;
      client = connect(client.config.systemClockOffset);
      connectedMs = now();
    },
    serverDate: () => new Date(Date.now() + aheadMs),
  };
}
