import type { Inputs } from '../inputs/inputs.ts';

/** The inputs of an appliance to which nothing was given. */
export const NO_INPUTS: Inputs = {
  pullSecret: undefined,
  policy: undefined,
  certificate: undefined,
  authority: undefined,
  htpasswd: undefined,
  upstreamCa: undefined,
  authorities: new Map(),
  clientFiles: new Map(),
  keyFiles: new Map(),
  trustFiles: new Map(),
  tokenFiles: new Map(),
  policyFiles: [],
  issues: [],
};
