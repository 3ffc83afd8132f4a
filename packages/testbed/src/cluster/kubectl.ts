import { join } from 'node:path';
import { type CommandOptions, type CommandResult, runCommand, runOrThrow } from '../run-command.ts';
import { HELM, KUBERNETES } from './programs.ts';

/** kubectl and helm, as an administrator of the cluster. */
export interface Kubectl {
  /** Its standard output. Throws with its standard error if it fails. */
  run(...args: readonly string[]): Promise<string>;
  /** A failure is a result. */
  try(...args: readonly string[]): Promise<CommandResult>;
  /** Applies objects: YAML, or JSON. */
  apply(objects: string, ...args: readonly string[]): Promise<void>;
  helm(...args: readonly string[]): Promise<string>;
}

/** A rollout may take as long as this, on a machine that does other work besides. */
const TIMEOUT_MS = 180_000;

export function createKubectl(kubeconfig: string): Kubectl {
  const program = join(KUBERNETES, 'kubectl');
  const options: CommandOptions = {
    env: { KUBECONFIG: kubeconfig, HOME: '/nonexistent' },
    timeoutMs: TIMEOUT_MS,
  };
  return {
    run: (...args) => runOrThrow(program, args, options),
    try: (...args) => runCommand(program, args, options),
    apply: async (objects, ...args) => {
      await runOrThrow(program, ['apply', '--filename=-', ...args], { ...options, input: objects });
    },
    helm: (...args) => runOrThrow(HELM, args, options),
  };
}
