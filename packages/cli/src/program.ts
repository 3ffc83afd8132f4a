import { Command } from 'commander';
import { addCheck } from './commands/check.ts';
import { addClient } from './commands/client.ts';
import { addLogs } from './commands/logs.ts';
import { addPrune } from './commands/prune.ts';
import { addRender } from './commands/render.ts';
import { addSchema } from './commands/schema.ts';
import { addSettings } from './commands/settings.ts';
import { addVerify } from './commands/verify.ts';

/** `registry-cache`: does what would otherwise need `podman exec` and `jq`. */
export function buildProgram(): Command {
  const program = new Command('registry-cache')
    .description('Inspects, checks and maintains a registry-cache appliance.')
    .addHelpText('after', '\nSettings are environment variables: registry-cache settings')
    .exitOverride()
    .showHelpAfterError();
  const commands = [
    addCheck,
    addRender,
    addClient,
    addPrune,
    addVerify,
    addLogs,
    addSettings,
    addSchema,
  ];
  for (const add of commands) add(program);
  return program;
}
