export {
  AdminAwayError,
  type AdminPlace,
  AdminRefusalError,
  askAdmin,
} from './client/ask-admin.ts';
export type { Status } from './contract/status.ts';
export { formatOpenApi } from './openapi/format-openapi.ts';
