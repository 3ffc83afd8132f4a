export { NODE_CLIENTS } from './node-client.ts';
export { runNode } from './run-node.ts';
export { findContainerd, hangUp, restartContainerd } from './runtime-process.ts';
