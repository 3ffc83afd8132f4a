import { isIP } from 'node:net';
import { CLOUDS, parseSize, REPOSITORY_PATTERN } from '@registry-cache/domain';
import { z } from 'zod';
import { isRegex, REGEX_ACCEPTED } from '../settings/values/value.ts';
import { accessSchema } from './access.ts';
import { admissionSchema } from './admission.ts';
import { duration } from './duration.ts';
import { hostedSchema } from './hosted.ts';
import { authentication } from './issuers.ts';
import { realms } from './realms.ts';
import { timeouts } from './timeouts.ts';
import { trustSchema } from './trust.ts';
import { warmSchema } from './warm.ts';

/** The path has the grammar of a repository, in lower case. */
const URL_PATTERN = new RegExp(
  `^https?:\\/\\/(?:[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(?::\\d{1,5})?(?:\\/(?:${REPOSITORY_PATTERN}\\/?)?)?$`,
);
const URL_ACCEPTED =
  'https://HOST[:PORT][/PATH], or http:// for plain HTTP; a PATH in lower case, before the names of repositories';

/** The pattern checks the form, and URL.canParse the values: a port of 99999 passes the first. */
const url = z
  .string(URL_ACCEPTED)
  .regex(URL_PATTERN, URL_ACCEPTED)
  .refine((text) => !URL_PATTERN.test(text) || URL.canParse(text), URL_ACCEPTED);

const regex = z.string().refine(isRegex, REGEX_ACCEPTED);
const tier = z.strictObject({
  regex: regex.optional().describe('Tags that start like this; empty for none.'),
  time: duration.optional().describe('How long their digest is valid, as `30m`.'),
});

const tags = z.strictObject({
  enabled: z.boolean().optional().describe('`false`: the upstream is asked for each pull by tag.'),
  primary: tier.optional().describe('In place of MANIFEST_CACHE_PRIMARY_REGEX and _TIME.'),
  secondary: tier.optional().describe('In place of MANIFEST_CACHE_SECONDARY_REGEX and _TIME.'),
  default: duration.optional().describe('In place of MANIFEST_CACHE_DEFAULT_TIME.'),
  never: regex.optional().describe('In place of MANIFEST_CACHE_NEVER_REGEX.'),
  whileChecking: z
    .enum(['wait', 'stale'], 'wait or stale')
    .optional()
    .describe('`stale`: an expired tag is served at once, and checked meanwhile. Default `wait`.'),
  deleted: z
    .enum(['drop', 'keep'], 'drop or keep')
    .optional()
    .describe('`keep`: a tag that the upstream has deleted is still served. Default `drop`.'),
  refused: z
    .enum(['fail', 'keep'], 'fail or keep')
    .optional()
    .describe(
      '`keep`: an expired tag is still served where the upstream answers 401 or 403. Default `fail`.',
    ),
});

/** Whole numbers only. An absent key means no limit. */
const limits = z.strictObject({
  connections: z
    .int('a whole number from 2')
    .min(2, 'a whole number from 2')
    .optional()
    .describe('How many requests it gets at a time. One of them is kept for small requests.'),
  requestsPerSecond: z
    .int('a whole number from 1')
    .min(1, 'a whole number from 1')
    .optional()
    .describe('How many requests it gets in a second.'),
  bytesPerSecond: z
    .union([z.string(), z.int()], 'a size, such as 20MB')
    .transform((size, context) => {
      const parsed = parseSize('', String(size));
      if (parsed.ok) return parsed.value;
      context.addIssue({ code: 'custom', message: 'a size, such as 20MB' });
      return z.NEVER;
    })
    .optional()
    .describe('How many bytes are fetched from it in a second, such as 20MB.'),
});

const STORAGE_HOST_ACCEPTED =
  'a host name, *.example.com, an address, or a network such as 10.0.0.0/8';
const HOST_PATTERN =
  /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i;
const NETWORK_PATTERN = /^(.+?)(?:\/(\d{1,3}))?$/;

/** A name, or an address or network in its usual notation. Digits and dots must be an address. */
function isStorageHost(text: string): boolean {
  const [, address = '', bits = '0'] = NETWORK_PATTERN.exec(text) ?? [];
  const family = isIP(address);
  if (family !== 0) return Number(bits) <= (family === 4 ? 32 : 128);
  return HOST_PATTERN.test(text) && !/^[\d.]+$/.test(text);
}

const CLOUDS_ACCEPTED = 'google, aws or azure';

const CERTIFICATE_ACCEPTED =
  'none beside clientCertificate: clients have another certificate, so their logins cannot be tried';

const upstream = z
  .strictObject({
    url: url
      .optional()
      .describe(
        "The upstream's real address: another host or port, plain HTTP, or a path above its repositories.",
      ),
    ca: z
      .string()
      .regex(/^(\/|\s*-----BEGIN )/, 'an absolute path, or PEM certificates')
      .optional()
      .describe('Certificate authorities to trust for this upstream: a path or PEM text.'),
    aliases: z
      .array(
        z.string().regex(/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/, 'a name of one part, such as quay'),
      )
      .optional()
      .describe('More first parts of the path under which the upstream is served.'),
    legacyTls: z
      .boolean('true or false')
      .optional()
      .describe('`true`: its TLS may lack secure renegotiation (RFC 5746).'),
    realms: realms
      .optional()
      .describe(
        'Token services whose logins of AUTH_REGISTRIES count for it. Default: those of its own domain.',
      ),
    credentials: z
      .enum(CLOUDS, CLOUDS_ACCEPTED)
      .optional()
      .describe(
        'The cloud whose identity logs in there: `google`, `aws` or `azure`. It counts over a login of the pull secret.',
      ),
    authorize: z
      .enum(['upstream'], 'upstream')
      .optional()
      .describe(
        '`upstream`: logins that are not of the cache are tried there, and count for what they may pull.',
      ),
    timeouts: timeouts
      .optional()
      .describe(
        'How long it may take, as `30s`: `connect`, `headers` of an answer, `blobHeaders`, `idle` between two pieces.',
      ),
    limits: limits
      .optional()
      .describe(
        'Limits for its traffic: `connections` at a time (from 2), `requestsPerSecond`, `bytesPerSecond` (a size).',
      ),
    tags: tags
      .optional()
      .describe('How long tags are remembered, and how expired tags are treated.'),
    storageHosts: z
      .array(z.string().refine(isStorageHost, STORAGE_HOST_ACCEPTED))
      .optional()
      .describe(
        'Private addresses that the upstream may redirect to: host names, `*.example.com`, addresses, networks.',
      ),
    offline: z
      .boolean()
      .optional()
      .describe('`true`: no request goes to it, and stored content is served whatever its age.'),
    connectionsPerBlob: z
      .int('a whole number from 1 to 16')
      .min(1, 'a whole number from 1 to 16')
      .max(16, 'a whole number from 1 to 16')
      .optional()
      .describe('In place of EGRESS_CONNECTIONS_PER_BLOB for this upstream.'),
    prefetch: z
      .boolean('true or false')
      .optional()
      .describe('In place of PREFETCH for this upstream.'),
    mirrors: z
      .array(url)
      .optional()
      .describe('URLs to ask before `url`, in this order and in the same form.'),
    clientCertificate: z
      .strictObject({
        cert: z
          .string()
          .regex(/^(\/|\s*-----BEGIN )/, 'an absolute path, or PEM certificates')
          .describe('Certificate and chain: a path or PEM text.'),
        key: z
          .string()
          .regex(/^\//, 'an absolute path')
          .describe('Path of its private key, PEM without a passphrase.'),
      })
      .optional()
      .describe(
        'The certificate to show to the upstream itself in TLS (mTLS): `cert` (a path or PEM text) and `key` (a path). Pushes of clients do not show it.',
      ),
  })
  .refine(({ authorize, clientCertificate }) => !authorize || !clientCertificate, {
    path: ['authorize'],
    error: CERTIFICATE_ACCEPTED,
  });

/** `/registry-cache.yaml`. Every key has a default; a key that is not here is an error. */
export const policySchema = z
  .strictObject({
    upstreams: z
      .record(z.string(), upstream)
      .optional()
      .describe('Facts about upstreams that a pull secret cannot hold, by their keys in it.'),
    access: accessSchema
      .optional()
      .describe(
        'Who may pull, bring in, push and delete. Without it, whoever is let in may pull everything.',
      ),
    authentication: authentication
      .optional()
      .describe('Logins besides those of the htpasswd file.'),
    hosted: hostedSchema
      .optional()
      .describe(
        'Registries whose images are pushed here, as `apps: {}`. See [hosted images](hosted.md).',
      ),
    trust: trustSchema
      .optional()
      .describe('Images that need a signature, and whose. See [signatures](signatures.md).'),
    admission: admissionSchema
      .optional()
      .describe(
        'Images that have to be old enough, or that a scanner has to admit. See [admission](admission.md).',
      ),
    warm: warmSchema
      .optional()
      .describe('Lists of images that are fetched again and again. See [warming](warm.md).'),
  })
  .describe('The policy file of registry-cache.');

export type Policy = z.infer<typeof policySchema>;
export type TagPolicy = z.infer<typeof tags>;
export type UpstreamPolicy = z.infer<typeof upstream>;
