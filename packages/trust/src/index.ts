export { isAccessory } from './accessory.ts';
export { checkSignatures } from './check-signatures.ts';
export { referrersTag } from './find/find-evidence.ts';
export type {
  IdentitySigner,
  KeySigner,
  SignatureRule,
  SignedImage,
  TrustedSigner,
} from './rules.ts';
export type { SignatureSource } from './signature-source.ts';
export type { RefusalCode, SignatureVerdict } from './verdict.ts';
