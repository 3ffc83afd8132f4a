import type { Machine } from '../machine/machine.ts';
import type { CommandResult } from '../run-command.ts';
import type { Credentials } from './http.ts';

/** A program that pulls images into a store of its own, on a machine of its own. */
export interface MachineClient {
  /** With the image's name as this client wants it. */
  pull(reference: string): Promise<CommandResult>;
  /** Forgets every image, so that the next pull fetches all of it. */
  removeImages(): Promise<void>;
  /** `registry` is a host, perhaps with a port. */
  login(registry: string, credentials: Credentials): Promise<CommandResult>;
}

/** @throws where a step that must succeed did not. */
export async function demand(result: Promise<CommandResult>): Promise<void> {
  const { exitCode, stderr } = await result;
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`);
}

/** As podman and docker have it, and most since; the password is in no argument. */
export function loginBy(machine: Machine, program: string): MachineClient['login'] {
  return (registry, { username, password }) =>
    machine.run(program, ['login', `--username=${username}`, '--password-stdin', registry], {
      input: password,
    });
}
