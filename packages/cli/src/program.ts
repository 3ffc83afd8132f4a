import { InvalidInputError } from '@registry-cache/domain';
import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { choosePlace } from './admin/admin-place.ts';
import type { ServerOptions } from './admin/remote-place.ts';
import { addAlerts } from './commands/alerts.ts';
import { addBackup } from './commands/backup.ts';
import { addCheck } from './commands/check.ts';
import { addClient } from './commands/client.ts';
import { addDashboard } from './commands/dashboard.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvictions } from './commands/evictions.ts';
import { addExplain } from './commands/explain.ts';
import { addExport } from './commands/export.ts';
import { addFetches } from './commands/fetches.ts';
import { addHtpasswd } from './commands/htpasswd.ts';
import { addImport } from './commands/import.ts';
import { addJobs } from './commands/jobs.ts';
import { addLogs } from './commands/logs.ts';
import { addLs } from './commands/ls.ts';
import { addMisses } from './commands/misses.ts';
import { addNode } from './commands/node.ts';
import { addPin } from './commands/pin.ts';
import { addPins } from './commands/pins.ts';
import { addPrune } from './commands/prune.ts';
import { addPulls } from './commands/pulls.ts';
import { addReceipt } from './commands/receipt.ts';
import { addRecheck } from './commands/recheck.ts';
import { addRefusals } from './commands/refusals.ts';
import { addReload } from './commands/reload.ts';
import { addRender } from './commands/render.ts';
import { addRestore } from './commands/restore.ts';
import { addSaved } from './commands/saved.ts';
import { addSbom } from './commands/sbom.ts';
import { addSchema } from './commands/schema.ts';
import { addSettings } from './commands/settings.ts';
import { addStatus } from './commands/status.ts';
import { addUnpin } from './commands/unpin.ts';
import { addUpstreams } from './commands/upstreams.ts';
import { addVerify } from './commands/verify.ts';
import { addWarm } from './commands/warm.ts';
import { addWhoami } from './commands/whoami.ts';

/** The commands that ask the admin API, and so work for a cache elsewhere. */
export const CLIENTS = [
  ...['status', 'ls', 'saved', 'upstreams', 'fetches', 'evictions', 'jobs', 'pins', 'pin'],
  ...['pulls', 'refusals', 'misses', 'explain', 'unpin', 'recheck', 'check', 'reload', 'warm'],
  ...['prune', 'export', 'import', 'receipt', 'doctor', 'whoami'],
];

/** @throws InvalidInputError for a command that would work on this machine in place of the server. */
function checkPlace(command: Command, { server }: ServerOptions): void {
  if (server === undefined || CLIENTS.includes(command.name())) return;
  const accepted = `one of ${CLIENTS.join(', ')}`;
  throw new InvalidInputError([{ path: '--server', found: command.name(), accepted }]);
}

/** `registry-cache`: does what would otherwise need `podman exec` and `jq`. */
export function buildProgram(): Command {
  const program = new Command('registry-cache')
    .version(manifest.version)
    .description('Inspects, checks and maintains a registry-cache appliance.')
    .option('--server <url>', 'ask the admin API of a cache elsewhere, such as https://cache:8445')
    .option('--ca <file>', 'PEM certificates to trust for --server')
    .hook('preAction', (_, command) => {
      const options = program.opts<ServerOptions>();
      choosePlace(options, process.env);
      checkPlace(command, options);
    })
    .addHelpText('after', '\nSettings are environment variables: registry-cache settings')
    // Before the command alone: some commands have a --ca of their own.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError();
  const commands = [
    addStatus,
    addLs,
    addSaved,
    addUpstreams,
    addFetches,
    addEvictions,
    addMisses,
    addPulls,
    addRefusals,
    addCheck,
    addExplain,
    addDoctor,
    addRender,
    addClient,
    addNode,
    addHtpasswd,
    addExport,
    addImport,
    addReceipt,
    addWarm,
    addJobs,
    addPin,
    addUnpin,
    addPins,
    addRecheck,
    addReload,
    addWhoami,
    addPrune,
    addBackup,
    addRestore,
    addVerify,
    addLogs,
    addAlerts,
    addDashboard,
    addSettings,
    addSchema,
    addSbom,
  ];
  for (const add of commands) add(program);
  return program;
}
