import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCatalog } from '@registry-cache/catalog';
import { HOSTED_ID, hostedDir, Secret } from '@registry-cache/domain';
import {
  createLogger,
  giveBackWhenIdle,
  keepMetricsWritten,
  listenOnSocket,
  readWorkerOptions,
  untilStopped,
} from '@registry-cache/runtime';
import { compare } from 'bcryptjs';
import { openRules } from './access/open-rules.ts';
import { tellVainClaims } from './access/tell-vain-claims.ts';
import { NO_ACCOUNTS, openAccounts } from './accounts/accounts.ts';
import { createIdentifier } from './credentials/identify.ts';
import { createVerifier } from './credentials/verifier.ts';
import { createFindGuest } from './guests/find-guest.ts';
import { createGuestRights } from './guests/guest-rights.ts';
import { createGuestTokens } from './guests/guest-tokens.ts';
import { createTryLogin } from './guests/try-login.ts';
import { createIssuerLogins } from './issuers/issuer-logins.ts';
import { openIssuersFile } from './issuers/issuers-file.ts';
import { createFetchJson } from './issuers/keys/fetch-json.ts';
import { AUTH_OPTIONS } from './options.ts';
import { createAuthReport } from './report/report.ts';
import type { DigestPlace } from './routes/decide.ts';
import { createAuthServer } from './server.ts';
import { createTokenIssuer } from './tokens/issuer.ts';
import { createTokenReader } from './tokens/token-reader.ts';

giveBackWhenIdle();
const [optionsFile = ''] = process.argv.slice(2);
const options = await readWorkerOptions(optionsFile, AUTH_OPTIONS);
const log = createLogger('auth', options.logLevel, options.logFormat);
const now = Date.now;

const accounts =
  options.htpasswdFile === undefined ? NO_ACCOUNTS : await openAccounts(options.htpasswdFile, log);
const report = createAuthReport(log, now);
const verifier = createVerifier({ accounts, compare, now, report });
const tokenKey = new Secret(await readFile(options.tokenKeyFile, 'utf8'));
const issuers = await openIssuersFile(options.issuersFile, log);
const issuerLogins = createIssuerLogins({
  file: issuers,
  accounts,
  report,
  now,
  sleep,
  log,
  createFetchJson: (ca) => createFetchJson({ ca, env: process.env }),
});
const issueToken = createTokenIssuer(tokenKey, now);
const rules = await openRules(options.accessFile, log);
const guestTokens = createGuestTokens(tokenKey, now);
const findGuest = createFindGuest({
  asksRegistries: async () => (await rules()).asked !== undefined,
  accounts,
  issuerLogins,
  guestTokens,
});
const bootSecret = new Secret((await readFile(options.bootSecretFile, 'utf8')).trim());
const tryLogin = createTryLogin({ egressSocket: options.egressSocket, bootSecret, log });
const letsAnonymousIn = async () => (await rules()).access.letsAnonymousIn;
const readToken = createTokenReader({ tokenKey, accounts, letsAnonymousIn, issuers, now });
const identifier = createIdentifier({ verifier, readToken, issuerLogins });
const catalog = openCatalog(options.storeRoot);
const hostedCatalog = openCatalog(hostedDir(options.storeRoot));
const tagsLeadingTo = ({ upstreamId, repository, digest, isHosted }: DigestPlace) =>
  isHosted
    ? hostedCatalog.tagsLeadingTo({
        upstreamId: HOSTED_ID,
        repository: `${upstreamId}/${repository}`,
        digest,
      })
    : catalog.tagsLeadingTo({ upstreamId, repository, digest });
const server = createAuthServer({
  identifier,
  issueToken,
  findGuest,
  guestTokens,
  confirm: { findGuest, rights: createGuestRights({ tryLogin, report, now }) },
  now,
  rules,
  decide: {
    rules,
    tagsLeadingTo,
    onVainClaim: tellVainClaims(log),
  },
  log,
});

// The kernel's own maximum: a flood must not crowd out the requests of known users.
await listenOnSocket(server, { path: options.socket, mode: 0o600, backlog: 4_096 });
log.info('started');
const metrics = keepMetricsWritten({
  metricsDir: options.metricsDir,
  program: 'auth',
  collect: () => report.metrics(verifier.waiting),
  log,
});

log.info({ signal: await untilStopped() }, 'stopping');
metrics.stop();
server.close();
server.closeIdleConnections();
