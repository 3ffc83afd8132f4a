export {
  type ImportTarget,
  openTarget,
  type TargetTag,
} from './open-target.ts';
export { readLink } from './read-link.ts';
export { reserve } from './reserve.ts';
export { statPlainFile } from './stat-plain-file.ts';
