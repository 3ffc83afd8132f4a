import { z } from 'zod';

const ISSUER_ACCEPTED = 'https://HOST[:PORT][/PATH] as in the claim iss, or http://';
/** No login, query or fragment. Source: OpenID Connect Discovery 1.0, section 3. */
const ISSUER_PATTERN =
  /^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:\/[A-Za-z0-9._~/-]*)?$/;
const KEYS_ACCEPTED = 'an absolute path, or https://HOST[:PORT][/PATH], or http://';
const KEYS_PATTERN =
  /^(?:\/|https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?][!-~]*)?$)/;
const CLAIM_ACCEPTED = 'the name of a claim, such as sub';
const VALUE_ACCEPTED = 'text, or a list of texts of which one must be there';

const claim = z.string(CLAIM_ACCEPTED).min(1, CLAIM_ACCEPTED).max(200, CLAIM_ACCEPTED);
/** YAML reads `true` and `1` as other kinds than text. Claims of these kinds have the same texts. */
const value = z.union([z.string(), z.boolean(), z.number()], VALUE_ACCEPTED).transform(String);

export const issuer = z.strictObject({
  issuer: z
    .string(ISSUER_ACCEPTED)
    .regex(ISSUER_PATTERN, ISSUER_ACCEPTED)
    .refine((text) => !ISSUER_PATTERN.test(text) || URL.canParse(text), ISSUER_ACCEPTED)
    .describe('URL of the issuer, as its tokens have it in `iss`.'),
  audience: z
    .string('text, such as registry-cache')
    .min(1, 'text, such as registry-cache')
    .describe('The audience (`aud`) that tokens must be made for.'),
  keys: z
    .string(KEYS_ACCEPTED)
    .regex(KEYS_PATTERN, KEYS_ACCEPTED)
    .refine((text) => !/^http/.test(text) || URL.canParse(text), KEYS_ACCEPTED)
    .optional()
    .describe('Its public keys, as JWKS: a path or a URL. Left out: OpenID discovery at `issuer`.'),
  user: claim.describe('The claim that is the user, such as `sub`.'),
  groups: claim.optional().describe('The claim with the groups of the user.'),
  require: z
    .record(z.string(), z.union([value, z.array(value)], VALUE_ACCEPTED))
    .optional()
    .describe(
      'Claims that a token must have, with their values: a text, or a list of which one is enough. A name is looked for as it is, and then as a path with `.` or `/`.',
    ),
  prefix: z
    .string('text, such as "github:"')
    .regex(/^[!-~]*$/, 'printable characters without a space')
    .max(100, 'at most 100 characters')
    .optional()
    .describe('Stands before each user and group of this issuer.'),
});

export const authentication = z.strictObject({
  issuers: z
    .array(issuer)
    .optional()
    .describe('Issuers whose signed tokens are accepted as passwords.'),
});

export type IssuerPolicy = z.infer<typeof issuer>;
