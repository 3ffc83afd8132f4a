export {
  type Catalog,
  type CatalogOptions,
  type DigestReference,
  openCatalog,
  type RepositoryReference,
} from './open-catalog.ts';
export { RepositoryTooLarge } from './read/repository-index.ts';
