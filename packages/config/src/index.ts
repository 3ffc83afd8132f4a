export { applyChanges, writeTree } from './apply/write-tree.ts';
export { createServerCertificate } from './certificate/create.ts';
export { draftModel } from './draft.ts';
export { readInputs } from './inputs/read.ts';
export { buildModel, type Host, type Model } from './model/build.ts';
export { policySchema } from './policy/schema.ts';
export { type RenderedTree, renderTree } from './render/tree.ts';
export { parseSettings } from './settings/parse.ts';
export { SETTINGS, type Settings } from './settings/table.ts';
