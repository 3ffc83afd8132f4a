import { spawn } from 'node:child_process';
import { AdminError } from '../contract/admin-error.ts';

/** How a command has ended. */
export interface CommandEnd {
  /** Undefined if a signal ended it, or if it could not be started. */
  readonly status: number | undefined;
  /** The end of its standard output. */
  readonly output: string;
  /** The end of its standard error: what it says to people. */
  readonly messages: string;
}

export interface RunningCommand {
  /** Undefined if it could not be started. */
  readonly pid: number | undefined;
  /** Never rejects. */
  readonly ended: Promise<CommandEnd>;
}

const MOST_RUNNING = 4;
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;
const MOST_MESSAGES_BYTES = 4 * 1024;

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
    if (this.#running >= MOST_RUNNING) {
      const message = `${MOST_RUNNING} orders run already, and jobs lists them; try again later`;
      throw new AdminError('UNAVAILABLE', message);
    }
    this.#running += 1;
    const [program = '', ...first] = this.#command;
    const child = spawn(program, [...first, ...args], { stdio: 'pipe' });
    const output = new TextEnd(MOST_OUTPUT_BYTES);
    const messages = new TextEnd(MOST_MESSAGES_BYTES);
    child.stdout.on('data', (chunk: Buffer) => output.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => messages.add(chunk));
    // A command that refuses its arguments reads nothing.
    child.stdin.on('error', () => undefined).end(input);
    const ended = new Promise<CommandEnd>((resolve) => {
      child.once('error', (error) => messages.add(Buffer.from(error.message)));
      child.once('close', (status) => {
        this.#running -= 1;
        const texts = { output: output.text, messages: cleanMessages(messages.text) };
        resolve({ status: status !== null && status >= 0 ? status : undefined, ...texts });
      });
    });
    return { pid: child.pid, ended };
  }
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

/** Without the name of the program, and as one line. */
function cleanMessages(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/^registry-cache: /, '').trim());
  return lines.filter((line) => line !== '').join('; ');
}
