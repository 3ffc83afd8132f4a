import { execa } from 'execa';

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Default two minutes. Then the program is killed, and its exit code is -1. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end. A failure is a result, not an exception. */
export async function runCommand(
  file: string,
  args: readonly string[],
  { env = {}, input, timeoutMs = 120_000 }: CommandOptions = {},
): Promise<CommandResult> {
  const { exitCode, stdout, stderr, shortMessage } = await execa(file, args, {
    env,
    reject: false,
    timeout: timeoutMs,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  });
  // Without an exit code it did not start or was killed. Only the message tells which.
  if (exitCode === undefined) return { exitCode: -1, stdout, stderr: `${stderr}${shortMessage}` };
  return { exitCode, stdout, stderr };
}

/**
 * The standard output of a program that must succeed.
 * @throws with its standard error if it fails.
 */
export async function runOrThrow(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(file, args, options);
  if (exitCode === 0) return stdout;
  throw new Error(`${file} ${args.join(' ')}: exit code ${exitCode}\n${stderr}`);
}
