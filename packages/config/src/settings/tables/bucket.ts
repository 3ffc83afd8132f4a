import type { Setting } from '../values/setting.ts';
import {
  parseBoolean,
  parseDaysOrZero,
  parseOneOf,
  parseOptional,
  parseText,
} from '../values/value.ts';

/** An object store below the disk. */
export const BUCKET_SETTINGS = {
  S3_BUCKET: {
    default: '',
    help: 'A bucket that speaks S3, as a second tier below the disk, which several replicas share ([more](bucket.md)). Empty: none.',
    // Source: Amazon S3's rules for the names of buckets.
    parse: parseOptional(
      parseText('the name of a bucket, such as my-cache', /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
    ),
  },
  S3_PREFIX: {
    default: '',
    help: 'A folder of the bucket, such as `registry/prod`. Empty: the whole bucket.',
    parse: parseOptional(
      parseText(
        'a path such as registry/prod',
        /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/,
      ),
    ),
  },
  S3_REGION: {
    default: '',
    help: 'The region of the bucket. Empty: `AWS_REGION`, or else us-east-1.',
    parse: parseOptional(parseText('a region such as eu-west-1', /^[a-z0-9-]+$/)),
  },
  S3_ENDPOINT: {
    default: '',
    help: "URL of another service than Amazon's own, such as `https://minio.example.com`.",
    parse: parseOptional(
      parseText('an http:// or https:// URL without a path', /^https?:\/\/[^/?#@\s]+\/?$/),
    ),
  },
  S3_PATH_STYLE: {
    default: 'false',
    help: '`true`: the bucket is named in the path of requests, as most services besides Amazon want it, and not in the host.',
    parse: parseBoolean,
  },
  S3_REDIRECT: {
    default: 'false',
    help: '`true`: clients are sent to the bucket for large layers that the disk does not have, by a URL that holds for a minute; not where rules by user apply. `always`: there too.',
    parse: parseOneOf('false', 'true', 'always'),
  },
  S3_EXPIRE: {
    default: '30d',
    help: 'How long the bucket keeps content that no replica uses, in whole days. 0: for ever.',
    parse: parseDaysOrZero,
  },
} as const satisfies Record<string, Setting<unknown>>;
