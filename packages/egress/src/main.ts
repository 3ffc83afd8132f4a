import { giveBackWhenIdle, untilStopped } from '@registry-cache/runtime';
import { startEgress } from './egress.ts';

/** How long running bodies may go on after SIGTERM. */
const GRACE_MS = 8_000;

const [optionsFile] = process.argv.slice(2);
if (optionsFile === undefined) {
  console.error('usage: main.ts OPTIONS_FILE (JSON of EgressOptions)');
  process.exit(2);
}
giveBackWhenIdle();
const egress = await startEgress(optionsFile);
const signal = await untilStopped();
egress.log.info({ signal }, 'stopping');
await egress.stop(GRACE_MS);
process.exit(0);
