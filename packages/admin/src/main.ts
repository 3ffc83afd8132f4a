import { setPriority } from 'node:os';
import { type AdminOptions, auditFile } from '@registry-cache/domain';
import { History } from '@registry-cache/history';
import { HeldReader } from '@registry-cache/pins';
import {
  createAudit,
  createLogger,
  gatherAudit,
  giveBackWhenIdle,
  keepHeapLean,
  listenOnSocket,
  parseJson,
  readWorkerOptions,
  untilStopped,
  watchFile,
} from '@registry-cache/runtime';
import manifest from '../package.json' with { type: 'json' };
import { Commands } from './commands/commands.ts';
import { createAdminServer } from './http/server.ts';
import { ImageWalk } from './images/image-walk.ts';
import { openFindRemoteOperator } from './logins/find-remote-operator.ts';
import { LOCAL_OPERATOR } from './logins/operator.ts';
import { ADMIN_OPTIONS } from './options.ts';
import { FollowedAudit } from './sources/followed-audit.ts';

/** A third of the time of a program that serves pulls, where both want a processor. */
const NICENESS = 5;

keepHeapLean();
giveBackWhenIdle();
const [optionsFile = ''] = process.argv.slice(2);
const options = await readWorkerOptions(optionsFile, ADMIN_OPTIONS);
const log = createLogger('admin', options.logLevel, options.logFormat);
giveWay();
let { upstreams } = options;
let names = listNames(options);
const watched = watchFile(optionsFile, options, {
  parse: (text) => parseJson(text, ADMIN_OPTIONS),
  onChange: (changed) => {
    names = listNames(changed);
    upstreams = changed.upstreams;
  },
  onBroken: (error) => log.error({ err: error }, 'options are not usable, the last ones stay'),
});
const nameOf = (upstreamId: string) => names.get(upstreamId);
const history = new History({
  ...{ storeRoot: options.storeRoot, ...options.history, nameOf, nowMs: Date.now, log },
  beforeReading: async () => void (await watched.current()),
});
const stop = new AbortController();
void untilStopped().then((signal) => stop.abort(signal));

const images = new ImageWalk({
  ...{ storeRoot: options.storeRoot, history, nowMs: Date.now, log },
  upstreams: () => upstreams,
});
const audit = gatherAudit(createAudit(auditFile(options.storeRoot), log));
const about = { options, nameOf, version: manifest.version };
const held = new HeldReader(options.storeRoot);
const commands = new Commands(options.command);
const auditLog = new FollowedAudit(auditFile(options.storeRoot));
const deps = { ...about, history, images, held, commands, auditLog, nowMs: Date.now, log, audit };
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
await history.follow(stop.signal);
for (const { server } of servers) {
  server.close();
  server.closeAllConnections();
}
await Promise.all([audit.flush(), auditLog.close()]);
log.info('stopped');
process.exit(0);

/** A sandbox may refuse it: then the worker runs as the others do. */
function giveWay(): void {
  try {
    setPriority(NICENESS);
  } catch (error) {
    log.warn({ err: error }, 'cannot give way to programs that serve pulls');
  }
}

function listNames({ upstreams }: AdminOptions): ReadonlyMap<string, string> {
  return new Map(upstreams.map(({ id, name }) => [id, name]));
}
