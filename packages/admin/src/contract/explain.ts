import * as z from 'zod/mini';
import { bytes, count, flag, text, time } from './values.ts';
import { defineVerb, type OutputOf } from './verb.ts';

const right = z.object({
  right: text('`pull`, `fetch`, `push` or `delete`.'),
  allowed: z.boolean().check(z.describe('Whether the rules give it.')),
  rule: z.optional(count('The number of the rule, from 1; left out where none decides.')),
  because: z.optional(text('The reason in that rule.')),
  reason: text('By which rule, or why without one.'),
});

const check = z.object({
  check: z.enum(['trust', 'admission']),
  rules: z.array(count('Of the rule in the policy file.')),
  outcome: z
    .enum(['admitted', 'refused', 'waiting', 'open'])
    .check(z.describe('`open`: only the next pull can find it out.')),
  reason: text('Why.'),
});

const tag = z.object({
  digest: z.optional(text('What it leads to here.')),
  checked: z.optional(time('When the upstream confirmed it last.')),
  freshUntil: z.optional(time('Until when no upstream is asked about it.')),
  code: text(
    '`served`, `pinned`, `grace`, `checked`, `stale`, `fetched`, `unavailable`, `hosted`, `absent` or `unknown`.',
  ),
  next: text('What happens at the next pull, unless a rule refuses it.'),
});

const layer = z.object({
  digest: text('The config, or a layer.'),
  mediaType: text('As the manifest says.'),
  bytes: bytes('Its size.'),
  here: z.boolean().check(z.describe('Whether its bytes are in the store.')),
  linked: z.boolean().check(z.describe('Whether this repository may serve it.')),
  foreign: z.optional(z.boolean()).check(z.describe('Whether clients get it from elsewhere.')),
  lastAccess: z.optional(time('Its last use.')),
});

const manifest = z.object({
  digest: text('Of the index or manifest.'),
  mediaType: text('Empty where it is not here.'),
  here: z.boolean().check(z.describe('Whether it is here, and this repository may serve it.')),
  bytes: z.optional(bytes('Its size.')),
  lastAccess: z.optional(time('Its last use.')),
  next: z.optional(text('What happens at the next pull, where it was asked for by its digest.')),
  platforms: z.array(
    z.object({
      platform: text('Such as `linux/arm64/v8`; empty where it is not known.'),
      digest: text('The manifest of the platform.'),
      here: z.boolean().check(z.describe('Whether it is here, and this repository may serve it.')),
      layers: z.array(layer).check(z.describe('The config first; empty where it is not here.')),
    }),
  ),
});

const referrer = z.object({
  digest: text('The manifest of a signature, an SBOM or another artifact.'),
  artifactType: text('Empty where it is not known.'),
  bytes: bytes('The size of the manifest.'),
  here: z.boolean().check(z.describe('Whether it is here.')),
});

const probe = z.object({
  status: z.optional(count('Of the answer; left out where none came.')),
  ms: count('How long it took, logins included.'),
  digest: z.optional(text('What the upstream has now.')),
  moved: z.optional(z.boolean()).check(z.describe('Whether that is another digest than here.')),
  limit: z.optional(count('Requests that the registry grants.')),
  remaining: z.optional(count('Requests that are left of them.')),
  error: z.optional(text('Why there is no good answer.')),
});

const ACCEPTED =
  'an image of at most 1024 characters, such as redis:7 or quay.io/team/app@sha256:…';

export const EXPLAIN = defineVerb({
  name: 'explain',
  summary:
    'Tells the whole way of a reference: registry, rules, memory of the tag, and what is here.',
  method: 'GET',
  input: z.strictObject({
    image: z
      .string(ACCEPTED)
      .check(
        z.minLength(1, ACCEPTED),
        z.maxLength(1024, ACCEPTED),
        z.describe('An image as any client writes it; the URL of a request stands for its image.'),
      ),
    user: z.optional(
      optionalText('The user whose rights are told; left out: a client without login.'),
    ),
    groups: z.optional(optionalText('The groups that an issuer names for the user, one a line.')),
    probe: z
      ._default(flag, false)
      .check(z.describe('Whether the upstream is asked too, by one HEAD; needs `admin`.')),
    from: z.optional(optionalText('The IP address of the client.')),
  }),
  output: z.object({
    image: text('The registry and the repository: `docker.io/library/redis`.'),
    reference: text('The tag or digest.'),
    served: z
      .enum(['yes', 'on demand', 'no'])
      .check(z.describe('`on demand`: from the first request on.')),
    upstream: z.optional(text('As the pull secret has it; a hosted registry by its name.')),
    repository: text('As the upstream has it.'),
    user: z.nullable(z.string()).check(z.describe('Null for a client without a login.')),
    groups: z.array(z.string()),
    from: z.nullable(z.string()),
    letIn: z.boolean().check(z.describe('Whether the client gets further than to the login.')),
    tags: z.optional(z.array(text('A tag here that leads to the digest.'))),
    rights: z.array(right),
    checks: z.optional(z.array(check)),
    tag: z.optional(tag),
    manifest: z.optional(manifest),
    referrers: z.array(referrer),
    pinned: z.boolean().check(z.describe('Whether a pin keeps it.')),
    pulled: z.optional(time('The last pull by this reference, as far as the history goes.')),
    pulls: z.optional(count('The pulls by this reference, as far as the history goes.')),
    probe: z.optional(probe),
    notes: z.array(text('What to know besides, one sentence each.')),
  }),
});

function optionalText(meaning: string) {
  return z
    .string('a text')
    .check(z.maxLength(1024, 'a text of at most 1024 characters'), z.describe(meaning));
}

export type ExplainAnswer = OutputOf<typeof EXPLAIN>;
