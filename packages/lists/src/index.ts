export { type ChartImages, findChartImages } from './charts/find-chart-images.ts';
export type {
  BlockedImage,
  ImageList,
  ListEntry,
  ListFormat,
  ListNote,
  ReferenceEntry,
  TagsEntry,
} from './list.ts';
export { parseList } from './parse-list.ts';
