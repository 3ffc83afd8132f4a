import * as z from 'zod/mini';
import { type AccessPolicy, RIGHTS } from './policy.ts';

/** The file `<run>/etc/access.json`: what decides, as config renders it and workers read it. */
export interface AccessOptions {
  /** Undefined where the policy file has no rules: whoever is let in may pull and fetch. */
  readonly policy?: AccessPolicy | undefined;
  /** The id of each upstream, to the name of its registry in images: `quay.io`. */
  readonly registries: Readonly<Record<string, string>>;
}

const strings = z.array(z.string());
const rights = z.array(z.enum(RIGHTS));

/** The shape of `access.json`. `config` has checked the values; a wrong file is a defect. */
export const ACCESS_OPTIONS: z.ZodMiniType<AccessOptions> = z.object({
  policy: z.optional(
    z.object({
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
    }),
  ),
  registries: z.record(z.string(), z.string()),
});
