import type { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { splitDigest } from '@registry-cache/domain';
import type { Bucket, BucketBody, OpenBucketOptions } from './bucket.ts';
import { toBucketError } from './bucket-error.ts';
import { type BucketSend, openHandler } from './handler.ts';
import { buildExpiryRule, planLifecycle } from './lifecycle.ts';

/** The SDK would write a line for each failure. Failures are told by the caller, once. */
const silent = () => undefined;
const SILENT = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

/**
 * Opens a bucket, with the credentials that the SDK finds: in the environment and files, by a web
 * identity, Pod Identity, or IMDSv2. Nothing is asked of it yet, and nothing is asked twice.
 */
export function openSdkBucket(options: OpenBucketOptions, send: BucketSend): Bucket {
  const { name, prefix, region, endpoint, isPathStyle } = options;
  const client = new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint }),
    forcePathStyle: isPathStyle,
    maxAttempts: 1,
    logger: SILENT,
    // Digests are checked here, and many servers know no other checksum.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: openHandler(send),
  });
  const at = (key: string) => ({ Bucket: name, Key: `${prefix}${key}` });

  /** @throws BucketError; undefined for an object that is missing. */
  const orMissing = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      const failure = toBucketError(name, error);
      if (failure === undefined) return undefined;
      throw failure;
    }
  };

  return {
    name,
    async head(key, signal) {
      const found = await orMissing(
        client.send(new HeadObjectCommand(at(key)), { abortSignal: signal }),
      );
      if (found?.ContentLength === undefined) return undefined;
      return { sizeBytes: found.ContentLength, modifiedMs: found.LastModified?.getTime() };
    },
    async get(key, { range, signal }) {
      const input = { ...at(key), ...(range !== undefined && { Range: range }) };
      const found = await orMissing(
        client.send(new GetObjectCommand(input), { abortSignal: signal }),
      );
      if (found?.Body === undefined) return undefined;
      return {
        body: found.Body as Readable,
        sizeBytes: found.ContentLength,
        contentRange: found.ContentRange,
        etag: found.ETag,
        modifiedMs: found.LastModified?.getTime(),
      };
    },
    async put(key, body, signal) {
      const command = new PutObjectCommand({ ...at(key), ...describeBody(body) });
      const hash = body.digest === undefined ? undefined : sha256Of(body.digest);
      if (hash !== undefined) {
        // The server compares the bytes with it, so that wrong ones never arrive.
        command.middlewareStack.add(
          (next) => (args) => {
            const { headers } = args.request as { headers: Record<string, string> };
            headers['x-amz-content-sha256'] = hash;
            return next(args);
          },
          { step: 'build', name: 'contentHash' },
        );
      }
      await orThrow(name, client.send(command, { abortSignal: signal }));
    },
    async renew(key, signal) {
      const target = at(key);
      const source = `${name}/${target.Key}`.split('/').map(encodeURIComponent).join('/');
      // A copy onto itself has to change something: it replaces the metadata by none.
      const command = new CopyObjectCommand({
        ...target,
        CopySource: source,
        MetadataDirective: 'REPLACE',
      });
      await orThrow(name, client.send(command, { abortSignal: signal }));
    },
    async remove(key, signal) {
      await orMissing(client.send(new DeleteObjectCommand(at(key)), { abortSignal: signal }));
    },
    async setLifecycle(expireMs, signal) {
      const found = await orMissing(
        client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: name }), {
          abortSignal: signal,
        }),
      );
      const rules = planLifecycle(found?.Rules ?? [], buildExpiryRule(prefix, expireMs));
      if (rules === undefined) return;
      const command = new PutBucketLifecycleConfigurationCommand({
        Bucket: name,
        LifecycleConfiguration: { Rules: rules },
      });
      await orThrow(name, client.send(command, { abortSignal: signal }));
    },
  };
}

/** For work that no missing object can end. @throws BucketError */
async function orThrow(bucket: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw toBucketError(bucket, error) ?? error;
  }
}

function describeBody(body: BucketBody) {
  return 'text' in body
    ? { Body: body.text, ContentType: 'application/json' }
    : {
        Body: body.open(),
        ContentLength: body.sizeBytes,
        ContentType: 'application/octet-stream',
      };
}

/** Undefined for a digest of another algorithm, which S3 does not check. */
function sha256Of(digest: string): string | undefined {
  const { algorithm, hex } = splitDigest(digest);
  return algorithm === 'sha256' ? hex : undefined;
}
