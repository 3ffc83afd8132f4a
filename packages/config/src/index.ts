export { applyChanges, writeTree } from './apply/write-tree.ts';
export { createAuthority } from './certificate/create-authority.ts';
export { createServerCertificate } from './certificate/create-server.ts';
export {
  findNamesNotCovered,
  isMadeHere,
  listClientNames,
  listOwnNames,
} from './certificate/names.ts';
export { formatKeyPin } from './certificate/pin.ts';
export { CLIENTS, type Client } from './clients/clients.ts';
export { buildClientSetup, type ClientFile, type ClientPlan, MARK } from './clients/setup.ts';
export { parseHtpasswd } from './htpasswd/parse.ts';
export { loadClientModel } from './load/client-model.ts';
export { loadDryRunModel } from './load/dry-run.ts';
export { inspectMachine } from './machine/inspect.ts';
export { readMountedStore } from './machine/mounted-store.ts';
export { prepareStore, takeStoreOver } from './machine/prepare-store.ts';
export { findRunUser } from './machine/run-user.ts';
export { takeFolderOver } from './machine/take-over.ts';
export type { Model } from './model/build.ts';
export { describeExplainFacts } from './model/explain-facts.ts';
export { hasLogin } from './model/has-login.ts';
export { onDemandUpstreamId } from './model/upstream-id.ts';
export { parsePolicy } from './policy/parse.ts';
export { policySchema } from './policy/schema.ts';
export { formatUpstreamName, parseUpstreamKey } from './pull-secret/key.ts';
export { formatPublicPullSecret, PUBLIC_REGISTRIES } from './pull-secret/public-registries.ts';
export type { ReferenceNames } from './references/find-registry.ts';
export { parseNames } from './references/names-file.ts';
export { listReferenceNames } from './references/reference-names.ts';
export { type ResolvedReference, resolveReference } from './references/resolve-reference.ts';
export type { RenderedTree } from './render/file.ts';
export { describeEvents } from './render/history.ts';
export { proxyAddress, renderSystemdSetup } from './render/systemd-setup.ts';
export { renderTree } from './render/tree.ts';
export { findAccessNotices } from './report/access.ts';
export { describeCheapHashes } from './report/cheap-hashes.ts';
export { FOREIGN_STORES } from './settings/aliases/store.ts';
export { ALIASES } from './settings/aliases/table.ts';
export { findClientAddress } from './settings/client-address.ts';
export { EDGE_PORT } from './settings/edge-port.ts';
export { LISTENER_SETTINGS } from './settings/listener-settings.ts';
export { findStrayVariables, parseSettings } from './settings/parse.ts';
export { SETTINGS, type Settings } from './settings/table.ts';
export { parseClientAddress } from './settings/values/client-address.ts';
export { formatCollector } from './settings/values/collectors.ts';
export type { Setting } from './settings/values/setting.ts';
