export {
  AdminAwayError,
  AdminRefusalError,
  AdminVersionError,
  askAdmin,
} from './client/ask-admin.ts';
export type { AdminPlace, RemotePlace } from './client/place.ts';
export type { Status } from './contract/status.ts';
export { formatOpenApi } from './openapi/format-openapi.ts';
