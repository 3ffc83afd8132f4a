export { streamFile } from './archive/byte-source.ts';
export {
  allReferences,
  BundleCollector,
  type BundlePlan,
  type Lacking,
} from './collect/collect-bundle.ts';
export type { CollectedImage } from './collect/collect-image.ts';
export { readRepository } from './collect/read-repository.ts';
export { readBase } from './delta/read-base.ts';
export { formatReceipt, parseReceipt } from './delta/receipt.ts';
export type { BundleContents, ContentImage } from './formats/contents.ts';
export { loadImage, type RefusedImage } from './formats/load-image.ts';
export { formatImageName, parseImageName } from './layout/image-name.ts';
export { type OpenBundle, openBundle } from './open/open-bundle.ts';
export { BundleError } from './problem.ts';
export { verifyBundle } from './verify/verify-bundle.ts';
export type { VerifyResult, VerifyRun } from './verify/verify-run.ts';
export { exportFolder } from './write/export-folder.ts';
export { exportParts } from './write/export-parts.ts';
export type { ExportResult, ExportRun } from './write/export-run.ts';
export { exportStream } from './write/export-stream.ts';
