export { parseManifestLinks } from './graph/parse-manifest.ts';
export { ImageMeasure } from './images/measure-images.ts';
export { readImages } from './images/read-images.ts';
export {
  type Catalog,
  type CatalogOptions,
  type DigestReference,
  openCatalog,
  type RepositoryReference,
} from './open-catalog.ts';
export { RepositoryTooLargeError } from './read/repository-index.ts';
