export { isAccessory } from './accessory.ts';
export { checkSignatures } from './check-signatures.ts';
export { isFileSystem } from './file-system.ts';
export type { SignatureRule, SignedImage } from './rules.ts';
export type { SignatureSource } from './signature-source.ts';
export type { SignatureVerdict } from './verdict.ts';
