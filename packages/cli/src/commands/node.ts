import { parseClientAddress } from '@registry-cache/config';
import { unwrap } from '@registry-cache/domain';
import {
  findContainerd,
  hangUp,
  NODE_CLIENTS,
  restartContainerd,
  runNode,
} from '@registry-cache/nodes';
import { createLogger, untilStopped } from '@registry-cache/runtime';
import { Argument, type Command } from 'commander';

interface NodeCommandOptions {
  readonly address: string;
  readonly ca: string;
  readonly root: string;
  readonly login?: string;
  readonly restart?: boolean;
  readonly last?: boolean;
  readonly ready?: string;
}

export function addNode(program: Command): void {
  program
    .command('node')
    .description(
      'Keeps a machine set up as a client while the cache answers, and puts its files back at the end.',
    )
    .addArgument(
      new Argument('<client>', 'the container runtime').choices(Object.keys(NODE_CLIENTS)),
    )
    .requiredOption('--address <host:port>', 'where the machine reaches the cache')
    .requiredOption('--ca <file>', 'the certificates to trust, in PEM')
    .option('--root <dir>', "the folder that has the machine's root filesystem", '/')
    .option('--login <file>', 'a file with user:password, for hosts.toml files')
    .option('--restart', 'restart containerd once, if it does not look for hosts.toml files yet')
    .option('--last', "put the cache behind the machine's own hosts in hosts.toml files")
    .option('--ready <file>', 'a file that exists while the machine is set up')
    .action(async (name: string, options: NodeCommandOptions) => {
      const client = NODE_CLIENTS[name];
      if (client === undefined) throw new Error(`no client ${name}`);
      const stopped = new AbortController();
      void untilStopped().then(() => stopped.abort());
      const { address, ca, root, login, restart = false, last = false, ready } = options;
      await runNode(
        {
          client,
          address: unwrap(parseClientAddress('--address', address)),
          caPath: ca,
          root,
          loginPath: login,
          mayRestart: restart,
          position: last ? 'last' : 'first',
          readyPath: ready,
        },
        {
          log: createLogger('node'),
          signal: stopped.signal,
          hangUp,
          restartContainerd,
          findContainerd,
        },
      );
    });
}
