import { z } from 'zod';
import { imagesWithoutTag } from './images.ts';

const PATH = 'an absolute path';
const path = z.string(PATH).regex(/^\//, PATH);
const line = (accepted: string) => z.string(accepted).regex(/^[^\p{Cc}]{1,512}$/u, accepted);

const SIGNER = 'key alone, or identity, issuer and root together';

const signer = z
  .strictObject({
    key: path.optional().describe('Path of a public key: ECDSA, RSA or Ed25519 in PEM.'),
    identity: line('the identity in the certificate, such as https://github.com/org/app/**')
      .optional()
      .describe(
        'Keyless: the identity in the certificate. `*` within one part, `**` across parts.',
      ),
    issuer: line('the issuer of the identity, such as https://accounts.google.com')
      .optional()
      .describe('Keyless: the OpenID issuer of that identity.'),
    root: path
      .optional()
      .describe(
        'Keyless: path of a `trusted_root.json` of Sigstore, so that no network is needed.',
      ),
  })
  .refine(({ key, identity, issuer, root }) => {
    const parts = [identity, issuer, root];
    const wanted = key === undefined;
    return parts.every((part) => (part !== undefined) === wanted);
  }, SIGNER);

const rule = z.strictObject({
  images: imagesWithoutTag,
  mode: z
    .enum(['enforce', 'warn'], 'enforce or warn')
    .optional()
    .describe(
      '`warn`: an image without a good signature is served and reported. Default `enforce`.',
    ),
  anyOf: z
    .array(signer)
    .min(1, 'at least one signer')
    .describe('A signature by one of these is enough.'),
});

/** `trust` of the policy file. */
export const trustSchema = z.array(rule);

export type TrustSpec = z.infer<typeof trustSchema>;
export type SignerSpec = z.infer<typeof signer>;
