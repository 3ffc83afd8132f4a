export { type Egress, type EgressWorld, REAL_WORLD, startEgress } from './egress.ts';
