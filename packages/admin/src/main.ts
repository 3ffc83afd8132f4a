import { auditFile } from '@registry-cache/domain';
import {
  createAudit,
  createLogger,
  giveBackWhenIdle,
  keepHeapLean,
  listenOnSocket,
  readWorkerOptions,
  untilStopped,
} from '@registry-cache/runtime';
import manifest from '../package.json' with { type: 'json' };
import { createAdminServer } from './http/server.ts';
import { openFindRemoteOperator } from './logins/find-remote-operator.ts';
import { LOCAL_OPERATOR } from './logins/operator.ts';
import { ADMIN_OPTIONS } from './options.ts';

keepHeapLean();
giveBackWhenIdle();
const [optionsFile = ''] = process.argv.slice(2);
const options = await readWorkerOptions(optionsFile, ADMIN_OPTIONS);
const log = createLogger('admin', options.logLevel, options.logFormat);

const audit = createAudit(auditFile(options.storeRoot), log);
const deps = { options, version: manifest.version, nowMs: Date.now, log, audit };
const servers = [
  { path: options.socket, findOperator: async () => LOCAL_OPERATOR },
  ...(options.remote === undefined
    ? []
    : [
        {
          path: options.remote.socket,
          findOperator: await openFindRemoteOperator(options.remote, { audit, log }),
        },
      ]),
].map(({ path, findOperator }) => ({ path, server: createAdminServer({ ...deps, findOperator }) }));
for (const { path, server } of servers) await listenOnSocket(server, { path, mode: 0o660 });
log.info('started');
await untilStopped();
for (const { server } of servers) {
  server.close();
  server.closeAllConnections();
}
await audit.flush();
log.info('stopped');
process.exit(0);
