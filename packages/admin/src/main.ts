import {
  createLogger,
  giveBackWhenIdle,
  keepHeapLean,
  listenOnSocket,
  readWorkerOptions,
  untilStopped,
} from '@registry-cache/runtime';
import manifest from '../package.json' with { type: 'json' };
import { createAdminServer } from './http/server.ts';
import { ADMIN_OPTIONS } from './options.ts';

keepHeapLean();
giveBackWhenIdle();
const [optionsFile = ''] = process.argv.slice(2);
const options = await readWorkerOptions(optionsFile, ADMIN_OPTIONS);
const log = createLogger('admin', options.logLevel, options.logFormat);

const server = createAdminServer({
  options,
  version: manifest.version,
  nowMs: Date.now,
  log,
});
await listenOnSocket(server, { path: options.socket, mode: 0o660 });
log.info('started');
await untilStopped();
server.close();
server.closeAllConnections();
log.info('stopped');
process.exit(0);
