export { type Egress, startEgress } from './egress.ts';
export { type EgressDeps, REAL_DEPS } from './egress-deps.ts';
