import { spawn } from 'node-pty';

export interface PromptAnswer {
  /** Text that the program shows when it waits. */
  readonly prompt: RegExp;
  /** The typed text, without the line break. */
  readonly text: string;
}

export interface PromptResult {
  readonly exitCode: number;
  /** Everything that the terminal has shown. */
  readonly screen: string;
}

/**
 * Runs a program on a terminal, as for a person, and answers its prompts, each once and in order.
 * A program that waits for more input is killed after `timeoutMs`.
 */
export function runOnTerminal(
  file: string,
  args: readonly string[],
  answers: readonly PromptAnswer[],
  {
    env = {},
    timeoutMs = 30_000,
  }: { env?: Readonly<Record<string, string>>; timeoutMs?: number } = {},
): Promise<PromptResult> {
  const terminal = spawn(file, [...args], {
    cols: 200,
    env: { ...process.env, ...env },
  });
  const waiting = [...answers];
  let screen = '';
  let unread = '';
  terminal.onData((data) => {
    screen += data;
    unread += data;
    const next = waiting[0];
    if (next === undefined || !next.prompt.test(unread)) return;
    waiting.shift();
    unread = '';
    terminal.write(`${next.text}\r`);
  });
  const timer = setTimeout(() => terminal.kill('SIGKILL'), timeoutMs);
  return new Promise((resolve) => {
    terminal.onExit(({ exitCode, signal }) => {
      clearTimeout(timer);
      resolve({ exitCode: signal ? -1 : exitCode, screen });
    });
  });
}
