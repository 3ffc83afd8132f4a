// For programs that resolve references by the names that config has rendered.
export type { ReferenceNames } from './references/find-registry.ts';
export { parseNames } from './references/names-file.ts';
export { type ResolvedReference, resolveReference } from './references/resolve-reference.ts';
