export {
  type AccessOptions,
  type AccessPolicy,
  type AccessRule,
  type AskedRegistries,
  type RegistryNames,
  RIGHTS,
  type Right,
} from '@registry-cache/domain';
export { asksRegistry } from './asks-registry.ts';
export { parseNetwork } from './callers.ts';
export { type Access, compileAccess, type Scope, type Target } from './decide.ts';
export { type Explanation, explainRights } from './explain.ts';
export { compileGlob, type Glob } from './glob.ts';
export { findIdleOperators } from './idle/find-idle-operators.ts';
export { findIdleParts, type PolicyFacts } from './idle/find-idle-parts.ts';
export type { IdlePart } from './idle/idle-part.ts';
export { formatImagePattern, type ImagePattern, parseImagePattern } from './image-pattern.ts';
export { ImageTree, type Match } from './image-tree.ts';
export { nameImage, namePattern } from './names-here.ts';
export { compileOperators, type OperatorRight } from './operators.ts';
export { ACCESS_OPTIONS, ACCESS_POLICY, OPERATOR_RULES } from './options.ts';
export { parseCaller } from './parse-caller.ts';
export type { Caller } from './policy.ts';
export {
  type AccessRequest,
  type Answer,
  answerRequest,
  type FindTags,
  type HoldingAnswer,
  mayPushParts,
} from './request.ts';
export { formatReason, formatRefusal, type Reason, type Verdict } from './verdict.ts';
export { dependsOnAddress } from './who-is-meant.ts';
