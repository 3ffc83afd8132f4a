import type { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { splitDigest } from '@registry-cache/domain';
import type { Bucket, BucketBody, OpenBucketOptions } from './bucket.ts';
import { toBucketError } from './bucket-error.ts';
import type { BucketSend } from './handler.ts';
import { buildExpiryRule, planLifecycle, ruleId } from './lifecycle.ts';
import { openSdkClient } from './sdk-client.ts';

/** Opens a bucket by the SDK of AWS. Nothing is asked of it yet, and nothing is asked twice. */
export function openSdkBucket(
  options: OpenBucketOptions,
  send: BucketSend,
  now: () => number,
): Bucket {
  const { name, prefix } = options;
  const client = openSdkClient(options, send, now);
  const at = (key: string) => ({ Bucket: name, Key: `${prefix}${key}` });

  /** @throws BucketError; undefined for an object that is missing. */
  const orMissing = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      const failure = toBucketError(name, error);
      if (failure === undefined) return undefined;
      client.noteFailure(failure.status);
      throw failure;
    }
  };

  /** For work that no missing object can end. @throws BucketError */
  const orThrow = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const failure = toBucketError(name, error);
      client.noteFailure(failure?.status ?? 0);
      throw failure ?? error;
    }
  };

  /** @throws BucketError */
  const readLifecycle = async (signal: AbortSignal) => {
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket: name });
    const found = await orMissing(client.current().send(command, { abortSignal: signal }));
    // S3 sets its default in place of what a request leaves out.
    const { Rules = [], TransitionDefaultMinimumObjectSize } = found ?? {};
    return { rules: Rules, kept: { Bucket: name, TransitionDefaultMinimumObjectSize } };
  };
  const isOwn = ({ ID }: { readonly ID?: string | undefined }) => ID === ruleId(prefix);

  return {
    name,
    async head(key, signal) {
      const found = await orMissing(
        client.current().send(new HeadObjectCommand(at(key)), { abortSignal: signal }),
      );
      if (found?.ContentLength === undefined) return undefined;
      return { sizeBytes: found.ContentLength, modifiedMs: found.LastModified?.getTime() };
    },
    async get(key, { range, signal }) {
      const input = { ...at(key), ...(range !== undefined && { Range: range }) };
      const found = await orMissing(
        client.current().send(new GetObjectCommand(input), { abortSignal: signal }),
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
    async presign(key, expiresIn) {
      const command = new GetObjectCommand(at(key));
      // A URL is refused that has ended by the server's clock. The SDK would sign it by ours.
      const signingDate = client.serverDate();
      return orThrow(getSignedUrl(client.current(), command, { expiresIn, signingDate }));
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
      await orThrow(client.current().send(command, { abortSignal: signal }));
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
      await orThrow(client.current().send(command, { abortSignal: signal }));
    },
    async remove(key, signal) {
      await orMissing(
        client.current().send(new DeleteObjectCommand(at(key)), { abortSignal: signal }),
      );
    },
    async hasLifecycle(expireMs, signal) {
      const { rules } = await readLifecycle(signal);
      return planLifecycle(rules, buildExpiryRule(prefix, expireMs)) === undefined;
    },
    async setLifecycle(expireMs, signal) {
      const { rules, kept } = await readLifecycle(signal);
      const wanted = planLifecycle(rules, buildExpiryRule(prefix, expireMs));
      if (wanted === undefined) return;
      const command = new PutBucketLifecycleConfigurationCommand({
        ...kept,
        LifecycleConfiguration: { Rules: wanted },
      });
      await orThrow(client.current().send(command, { abortSignal: signal }));
    },
    async hasOwnRule(signal) {
      return (await readLifecycle(signal)).rules.some(isOwn);
    },
    async removeOwnRule(signal) {
      const { rules, kept } = await readLifecycle(signal);
      const others = rules.filter((rule) => !isOwn(rule));
      if (others.length === rules.length) return;
      // S3 refuses a configuration without rules.
      const command =
        others.length === 0
          ? new DeleteBucketLifecycleCommand({ Bucket: name })
          : new PutBucketLifecycleConfigurationCommand({
              ...kept,
              LifecycleConfiguration: { Rules: others },
            });
      const sent: Promise<unknown> =
        command instanceof DeleteBucketLifecycleCommand
          ? client.current().send(command, { abortSignal: signal })
          : client.current().send(command, { abortSignal: signal });
      await orThrow(sent);
    },
  };
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
