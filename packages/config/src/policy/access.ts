import { parseNetwork, RIGHTS } from '@registry-cache/access';
import { z } from 'zod';
import { accessText, images } from './images.ts';

const RIGHT_ACCEPTED = RIGHTS.join(', ');
const rights = z.array(z.enum(RIGHTS, RIGHT_ACCEPTED));

const NAME_ACCEPTED = 'a name of 1 to 256 characters, without control characters';
const name = z.string().regex(/^[^\p{Cc}]{1,256}$/u, NAME_ACCEPTED);

const rule = z
  .strictObject({
    images,
    users: z
      .array(name)
      .min(1, 'at least one name; leave users out for everybody')
      .optional()
      .describe(
        'User names, globs, `group:NAME`, or `anonymous`. Default: everybody who is let in.',
      ),
    from: z
      .array(accessText(parseNetwork))
      .min(1, 'at least one network; leave from out for all')
      .optional()
      .describe('Addresses and networks of clients. Default: all.'),
    allow: rights.optional().describe('Rights that the rule gives.'),
    deny: rights.optional().describe('Rights that the rule takes, whatever other rules give.'),
    because: z
      .string()
      .regex(/^[^\p{Cc}]{1,200}$/u, 'a text of 1 to 200 characters on one line')
      .optional()
      .describe('The reason, for the client that is refused.'),
  })
  .refine(
    ({ allow = [], deny = [] }) => allow.length + deny.length > 0,
    'a rule with allow or deny',
  );

const NOT_ANONYMOUS = 'a user, a glob or group:NAME: changes need a login';

/** `access` of the policy file. */
export const accessSchema = z.strictObject({
  groups: z
    .record(name, z.array(name))
    .optional()
    .describe('Groups of users, as `ops: [ann, ci]`. Names may be globs.'),
  anonymous: rights
    .optional()
    .describe(
      'Rights of clients without a login, where there are logins. Default: they are not let in.',
    ),
  default: rights
    .optional()
    .describe('Rights where no rule speaks: `pull`, `fetch`, `push`, `delete`. Default: none.'),
  admin: z
    .array(name.refine((text) => text !== 'anonymous', NOT_ANONYMOUS))
    .optional()
    .describe(
      'Who may see and change the cache by ADMIN_LISTEN: user names, globs, `group:NAME`. Default: nobody.',
    ),
  view: z
    .array(name)
    .optional()
    .describe('Who may see the cache by ADMIN_LISTEN: the same, or `anonymous`. Default: nobody.'),
  rules: z.array(rule).optional().describe('A deny wins over every allow, wherever it stands.'),
});

export type AccessSpec = z.infer<typeof accessSchema>;
