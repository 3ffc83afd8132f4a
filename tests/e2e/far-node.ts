import { chmod, copyFile } from 'node:fs/promises';
import {
  type Appliance,
  type CommandResult,
  type DebianSuite,
  type Machine,
  openMachine,
} from '@registry-cache/testbed';
import { expect } from 'vitest';
import { describeCache } from './clients/client-stage.ts';

/** The names of registries, and of hosts that their clients know of them. */
export const REGISTRY_NAMES = [
  'quay.io',
  'docker.io',
  'registry-1.docker.io',
  'index.docker.io',
  'auth.docker.io',
];

/** A machine that has nothing but the far cache. */
export interface FarNode extends AsyncDisposable {
  readonly machine: Machine;
  /** Runs a program, which must succeed, and returns its output. */
  run(file: string, ...args: string[]): Promise<string>;
  /** Puts a program of this machine into its PATH. */
  bring(program: string): Promise<void>;
}

export interface FarNodeOptions {
  readonly suite: DebianSuite;
  /** The name of the cache. Those of its registries are below it. Default `cache.test`. */
  readonly cache?: string;
  /** The address that the names of registries lead to. */
  readonly trap: string;
}

/** A node on the network of an appliance. */
export async function openFarNode(
  appliance: Appliance,
  { suite, cache = 'cache.test', trap }: FarNodeOptions,
): Promise<FarNode> {
  const { address } = await describeCache(appliance);
  const caches = [cache, `quay-io.${cache}`, `docker-io.${cache}`];
  const hosts = [
    ...caches.map((name) => [name, address]),
    ...REGISTRY_NAMES.map((name) => [name, trap]),
  ];
  const networkOf = await appliance.pid();
  const machine = await openMachine({ suite, hosts: Object.fromEntries(hosts), networkOf });
  return {
    machine,
    run: async (file, ...args) => {
      const result = await machine.run(file, args);
      expectDone([file, ...args], result);
      return result.stdout;
    },
    bring: async (program) => {
      const target = machine.outside(`/usr/local/bin/${program.replace(/.*\//, '')}`);
      await copyFile(program, target);
      await chmod(target, 0o755);
    },
    [Symbol.asyncDispose]: () => machine.stop(),
  };
}

/** The failure shows the command, and what it said. */
export function expectDone(command: readonly string[], result: CommandResult): void {
  const { exitCode, stdout, stderr } = result;
  expect([command.join(' '), exitCode, exitCode === 0 ? '' : stdout + stderr]).toEqual([
    command.join(' '),
    0,
    '',
  ]);
}
