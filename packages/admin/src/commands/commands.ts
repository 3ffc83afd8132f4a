import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { AdminError } from '../contract/admin-error.ts';
import { CONFIRM_FD, WHOLE } from '../contract/confirm.ts';

/** How a command has ended. */
export interface CommandEnd {
  /** Undefined if a signal ended it, or if it could not be started. */
  readonly status: number | undefined;
  /** The end of its standard error: what it says to people. */
  readonly messages: string;
  /** The last line of its standard error, as it is. */
  readonly lastLine: string;
}

/** How a command has ended whose output was gathered. */
export interface GatheredEnd extends CommandEnd {
  /** The end of its standard output. */
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
/** Summaries name images. */
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;
const MOST_MESSAGES_BYTES = 4 * 1024;
/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 10_000;

/**
 * Runs commands of the command line, each in a process of its own, so that long work takes no memory
 * of this one. Arguments are a list that no shell reads.
 */
export class Commands {
  readonly #command: readonly string[];
  #running = 0;

  /** @param command the program of the command line, and its first arguments. */
  constructor(command: readonly string[]) {
    this.#command = command;
  }

  /**
   * Starts a command. It goes on when this process ends.
   * @param input for its standard input.
   * @throws AdminError if too many run.
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
   * @throws AdminError if too many run.
   */
  open(args: readonly string[]): OpenCommand {
    if (this.#running >= MOST_RUNNING) {
      const message = `${MOST_RUNNING} orders run already, and jobs lists them; try again later`;
      throw new AdminError('UNAVAILABLE', message);
    }
    this.#running += 1;
    const [program = '', ...first] = this.#command;
    const child = spawn(program, [...first, ...args], { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
    const { stdin, stdout } = child;
    const confirming = child.stdio[CONFIRM_FD] as Writable;
    const said = gather(child.stderr);
    // A command that refuses its arguments reads nothing.
    stdin.on('error', () => undefined);
    confirming.on('error', () => undefined);
    const ended = new Promise<CommandEnd>((resolve) => {
      child.once('error', (error) => said.add(Buffer.from(error.message)));
      child.once('close', (status) => {
        this.#running -= 1;
        resolve({
          status: status !== null && status >= 0 ? status : undefined,
          messages: cleanMessages(said.text),
          lastLine: said.text.trimEnd().split('\n').at(-1) ?? '',
        });
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
}

/** Keeps the end of what a stream brings. */
export function gather(stream: Readable): TextEnd {
  const end = new TextEnd(MOST_OUTPUT_BYTES);
  stream.on('data', (chunk: Buffer) => end.add(chunk));
  return end;
}

/** Keeps the end of a text. */
class TextEnd {
  readonly #most: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#most = mostBytes;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < 2 * this.#most) return;
    this.#chunks = [Buffer.concat(this.#chunks).subarray(-this.#most)];
    this.#bytes = this.#most;
  }

  get text(): string {
    return Buffer.concat(this.#chunks).subarray(-this.#most).toString('utf8');
  }
}

/** Without the name of the program and without progress for programs, as one line. */
function cleanMessages(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/^registry-cache: /, '').trim());
  const said = lines.filter((line) => line !== '' && !line.startsWith('{'));
  return said.join('; ').slice(-MOST_MESSAGES_BYTES);
}
