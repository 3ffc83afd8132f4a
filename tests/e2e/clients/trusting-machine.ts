import {
  type Appliance,
  type CommandResult,
  type DebianSuite,
  type Machine,
  openMachine,
} from '@registry-cache/testbed';
import { expect } from 'vitest';
import type { Stage } from '../stage.ts';

/** A machine that trusts the appliance, until the stage ends. */
export async function openTrusting(
  stage: Stage,
  appliance: Appliance,
  suite: DebianSuite,
): Promise<Machine> {
  const machine = stage.use(await openMachine({ suite, hosts: {} }));
  await machine.write('/usr/local/share/ca-certificates/registry-cache.crt', appliance.ca);
  good(await machine.run('update-ca-certificates', []));
  return machine;
}

/** The output of a command that has to succeed. */
export function good({ exitCode, stdout, stderr }: CommandResult): string {
  expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
  return stdout;
}
