import {
  type AccessOptions,
  type AccessPolicy,
  type OperatorRules,
  RIGHTS,
} from '@registry-cache/domain';
import * as z from 'zod/mini';

const strings = z.array(z.string());
const rights = z.array(z.enum(RIGHTS));

/** The shape of the rules. `config` has checked the values; a wrong file is a defect. */
export const ACCESS_POLICY: z.ZodMiniType<AccessPolicy> = z.object({
  groups: z.record(z.string(), strings),
  anonymous: z.optional(rights),
  default: rights,
  rules: z.array(
    z.object({
      images: strings,
      users: z.optional(strings),
      from: z.optional(strings),
      allow: z.optional(rights),
      deny: z.optional(rights),
      because: z.optional(z.string()),
    }),
  ),
  hasLogins: z.boolean(),
  asked: z.optional(z.object({ yes: strings, no: strings })),
  names: z.object({ aliases: z.record(z.string(), z.string()), library: strings }),
});

/** The shape of `access.json`. */
export const ACCESS_OPTIONS: z.ZodMiniType<AccessOptions> = z.object({
  policy: z.optional(ACCESS_POLICY),
  registries: z.record(z.string(), z.string()),
  hosted: z.optional(strings),
});

/** The shape of `operators.json`. */
export const OPERATOR_RULES: z.ZodMiniType<OperatorRules> = z.object({
  admin: strings,
  view: strings,
  groups: z.record(z.string(), strings),
  hasLogins: z.boolean(),
});
