import { createPrivateKey } from 'node:crypto';
import { chmod, readFile, rm } from 'node:fs/promises';
import {
  type AuthOptions,
  createLogger,
  giveBackWhenIdle,
  readWorkerOptions,
  untilStopped,
} from '@registry-cache/domain';
import { compare } from 'bcryptjs';
import { openAccounts } from './accounts/accounts.ts';
import { createVerifier } from './credentials/verifier.ts';
import { createAuthServer } from './http/server.ts';
import { createTokenIssuer } from './tokens/issuer.ts';

giveBackWhenIdle();
const [optionsFile = ''] = process.argv.slice(2);
const options = await readWorkerOptions<AuthOptions>(optionsFile);
const log = createLogger('auth', options.logLevel);
const now = Date.now;

const accounts = await openAccounts(options.htpasswdFile, log);
const verifier = createVerifier({ accounts, compare, now, log });
const tokenKey = createPrivateKey(await readFile(options.tokenKeyFile));
const issueToken = createTokenIssuer(tokenKey, now);
const server = createAuthServer({ verifier, issueToken, log });

// A killed predecessor leaves its socket behind; nothing else is ever at this path.
await rm(options.socket, { force: true });
await new Promise<void>((resolve, reject) => {
  server.once('error', reject).listen(options.socket, resolve);
});
await chmod(options.socket, 0o600);
log.info({ socket: options.socket }, 'listening');

log.info({ signal: await untilStopped() }, 'stopping');
server.close();
server.closeIdleConnections();
