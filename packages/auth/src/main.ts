import { chmod, readFile, rm } from 'node:fs/promises';
import { type AuthOptions, Secret } from '@registry-cache/domain';
import {
  createLogger,
  giveBackWhenIdle,
  readWorkerOptions,
  untilStopped,
} from '@registry-cache/runtime';
import { compare } from 'bcryptjs';
import { openAccounts } from './accounts/accounts.ts';
import { createVerifier } from './credentials/verifier.ts';
import { createAuthServer } from './http/server.ts';
import { keepMetricsWritten } from './report/keep-metrics-written.ts';
import { createAuthReport } from './report/report.ts';
import { createTokenIssuer } from './tokens/issuer.ts';
import { createTokenReader } from './tokens/reader.ts';

giveBackWhenIdle();
const [optionsFile = ''] = process.argv.slice(2);
const options = await readWorkerOptions<AuthOptions>(optionsFile);
const log = createLogger('auth', options.logLevel);
const now = Date.now;

const accounts = await openAccounts(options.htpasswdFile, log);
const report = createAuthReport(log, now);
const verifier = createVerifier({ accounts, compare, now, report });
const tokenKey = new Secret(await readFile(options.tokenKeyFile, 'utf8'));
const issueToken = createTokenIssuer(tokenKey, now);
const isGoodToken = createTokenReader(tokenKey, accounts, now);
const server = createAuthServer({ verifier, issueToken, isGoodToken, log });

// A killed predecessor leaves its socket behind; nothing else is ever at this path.
await rm(options.socket, { force: true });
await new Promise<void>((resolve, reject) => {
  // As many as the kernel allows: a known user's question must not be lost in a flood.
  server.once('error', reject).listen({ path: options.socket, backlog: 4_096 }, resolve);
});
await chmod(options.socket, 0o600);
log.info({ socket: options.socket }, 'listening');
const metrics = keepMetricsWritten(options.metricsDir, () => report.metrics(verifier.waiting), log);

log.info({ signal: await untilStopped() }, 'stopping');
metrics.stop();
server.close();
server.closeIdleConnections();
