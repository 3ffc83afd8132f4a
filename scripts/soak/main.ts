/** Runs a soak: of one appliance with a faulty upstream, or of replicas with many clients. */
import { parseArgs } from 'node:util';
import { removeLeftovers } from '@registry-cache/testbed';
import { soakOne } from './one.ts';
import { soakReplicas } from './replicas.ts';

const { values, positionals } = parseArgs({
  options: { replicas: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const soak = values.replicas ? soakReplicas : soakOne;
const minutes = Number(positionals[0] ?? (values.replicas ? 5 : 10));
if (!(minutes > 0)) throw new Error(`'${positionals[0]}' is not a number of minutes`);
await removeLeftovers();
const { complaints, summary } = await soak(minutes * 60_000);
for (const line of complaints) process.stdout.write(`FAILED: ${line}\n`);
const verdict = complaints.length > 0 ? 'FAILED' : 'passed';
process.stdout.write(`${summary} in ${minutes} minutes: ${verdict}\n`);
process.exitCode = complaints.length > 0 ? 1 : 0;
