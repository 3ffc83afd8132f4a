import type { Credentials } from '../http-client.ts';
import type { Machine } from '../machine/machine.ts';
import type { CommandResult } from '../run-command.ts';

/** A client that pulls images into its own store, on a machine of its own. */
export interface MachineClient {
  /** The reference has the form that this client requires. */
  pull(reference: string): Promise<CommandResult>;
  /** Removes every image, so that the next pull fetches all of it. */
  removeImages(): Promise<void>;
  /** `registry` is a host, with or without a port. */
  login(registry: string, credentials: Credentials): Promise<CommandResult>;
}

/** @throws if a step that must succeed has failed. */
export async function demand(result: Promise<CommandResult>): Promise<void> {
  const { exitCode, stderr } = await result;
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`);
}

/** The login command of podman, docker and most others. The password goes to standard input. */
export function loginBy(machine: Machine, program: string): MachineClient['login'] {
  return (registry, { username, password }) =>
    machine.run(program, ['login', `--username=${username}`, '--password-stdin', registry], {
      input: password,
    });
}
