export { type Egress, type EgressDeps, REAL_DEPS, startEgress } from './egress.ts';
