import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { AdminError } from '../contract/admin-error.ts';
import { CONFIRM_FD, WHOLE } from '../contract/confirm.ts';
import { gather } from './gather.ts';
import { SaidLines } from './said-lines.ts';

/** How a command has ended. */
export interface CommandEnd {
  /** Undefined if a signal ended it, or if it could not be started. */
  readonly status: number | undefined;
  /** The end of what it says to people on its standard error: 4 KiB at most. */
  readonly messages: string;
  /** The last line of its standard error, as it is: 16 MiB at most. */
  readonly lastLine: string;
}

/** How a command has ended whose output was gathered. */
export interface GatheredEnd extends CommandEnd {
  /** The end of its standard output: 16 MiB at most. */
  readonly output: string;
}

export interface RunningCommand<End = GatheredEnd> {
  /** Undefined if it could not be started. */
  readonly pid: number | undefined;
  /** Never rejects. */
  readonly ended: Promise<End>;
}

/** A command whose input and output are read and written while it runs. */
export interface OpenCommand extends RunningCommand<CommandEnd> {
  readonly input: Writable;
  readonly output: Readable;
  /** Tells the command that its input is whole. */
  confirm(): void;
  /** Ends it, unless it has ended. Resolves when it has. */
  stop(): Promise<CommandEnd>;
}

const MOST_RUNNING = 4;
/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 10_000;

/** Starts a process, as Node.js does. Tests have others. */
export type Spawn = (
  program: string,
  args: readonly string[],
  options: SpawnOptions,
) => ChildProcess;

/**
 * Runs commands of the command line, each in a process of its own, so that long work takes no memory
 * of this one. Arguments are a list that no shell reads.
 */
export class Commands {
  readonly #command: readonly string[];
  readonly #spawn: Spawn;
  #running = 0;

  /** @param command the program of the command line, and its first arguments. */
  constructor(command: readonly string[], spawnProcess: Spawn = spawn) {
    this.#command = command;
    this.#spawn = spawnProcess;
  }

  /**
   * Starts a command. It goes on when this process ends.
   * @param input for its standard input.
   * @throws as `open`.
   */
  start(args: readonly string[], input = ''): RunningCommand {
    const { pid, input: stdin, output, ended, confirm } = this.open(args);
    const gathered = gather(output);
    confirm();
    stdin.end(input);
    return { pid, ended: ended.then((end) => ({ ...end, output: gathered.text })) };
  }

  /**
   * Starts a command whose output the caller reads, to its end.
   * @throws AdminError if too many run, or if the system has no room for one more.
   */
  open(args: readonly string[]): OpenCommand {
    if (this.#running >= MOST_RUNNING) {
      const message = `${MOST_RUNNING} orders run already, and jobs lists them; try again later`;
      throw new AdminError('UNAVAILABLE', message);
    }
    const { child, stdin, stdout, stderr, confirming } = this.#begin(args);
    this.#running += 1;
    const said = new SaidLines();
    stderr.on('data', (chunk: Buffer) => said.add(chunk));
    // A command that refuses its arguments reads nothing.
    stdin.on('error', () => undefined);
    confirming.on('error', () => undefined);
    const ended = new Promise<CommandEnd>((resolve) => {
      child.once('error', (error) => said.add(Buffer.from(error.message)));
      child.once('close', (status) => {
        this.#running -= 1;
        resolve({ status: status !== null && status >= 0 ? status : undefined, ...said.end() });
      });
    });
    return {
      ...{ pid: child.pid, input: stdin, output: stdout, ended },
      confirm: () => void confirming.end(WHOLE),
      async stop() {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
        for (const stream of [stdin, stdout, confirming]) stream.destroy();
        const end = await ended;
        clearTimeout(timer);
        return end;
      },
    };
  }

  #begin(args: readonly string[]): StartedProcess {
    const [program = '', ...first] = this.#command;
    try {
      const stdio = ['pipe', 'pipe', 'pipe', 'pipe'] as const;
      const child = this.#spawn(program, [...first, ...args], { stdio: [...stdio] });
      // Where no file is left, Node.js makes no pipes, and tells the error later by an event.
      child.on('error', () => undefined);
      const { stdin, stdout, stderr, stdio: pipes } = child;
      const confirming = pipes?.[CONFIRM_FD] as Writable | null | undefined;
      if (stdin && stdout && stderr && confirming) {
        return { child, stdin, stdout, stderr, confirming };
      }
    } catch {
      // Where no memory is left, it throws.
    }
    const message = 'the system has no room for one more process just now; try again later';
    throw new AdminError('UNAVAILABLE', message);
  }
}

interface StartedProcess {
  readonly child: ChildProcess;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly confirming: Writable;
}
