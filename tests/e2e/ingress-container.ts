import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runContainer, type ServerCertificate } from '@registry-cache/testbed';
import { IMAGE } from './inside.ts';
import type { Stage } from './stage.ts';

/** An address of the network that no container gets by itself, since those count from below. */
export function reserveAddress({ network }: Stage, last: number): string {
  return network.gateway.replace(/\d+$/, String(last));
}

/** Its requests go to the cache's port 5000, from the forwarder's own address. */
export interface Forwarder {
  isRunning(): Promise<boolean>;
  /** Asks for /v2/ with each set of headers, one after another on one connection. Returns the statuses. */
  send(host: string, ...headers: readonly Headers[]): Promise<number[]>;
  /** Asks for /v2/ so many times at once, each with another wrong password of ann. */
  guess(host: string, count: number, headers: Headers): Promise<number[]>;
  /** Sends these bytes on a connection of their own, and returns the text that comes back. */
  speak(host: string, bytes: Buffer): Promise<string>;
}

/** A list becomes several lines. */
type Headers = Readonly<Record<string, string | readonly string[]>>;

const PRELUDE = `
const { Agent, request } = require('node:http');
const [host, ...args] = process.argv.slice(1);
const sendBy = (agent, headers) => new Promise((resolve, reject) => {
  request({ agent, host, port: 5000, path: '/v2/', headers }, (answer) => {
    answer.resume().once('end', () => resolve(answer.statusCode));
  }).once('error', reject).end();
});
const print = (statuses) => console.log(JSON.stringify(statuses));
`;

const SEND = `${PRELUDE}
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
Promise.all(args.map((headers) => sendBy(agent, JSON.parse(headers)))).then(print).then(() => agent.destroy());`;

const GUESS = `${PRELUDE}
const [count, headers] = args.map((arg) => JSON.parse(arg));
const guess = (_, index) => {
  const authorization = 'Basic ' + btoa('ann:wrong' + index);
  return sendBy(new Agent(), { ...headers, authorization });
};
Promise.all(Array.from({ length: count }, guess)).then(print);`;

const SPEAK = `
const { connect } = require('node:net');
const [host, bytes] = process.argv.slice(1);
let answer = '';
connect(5000, host, function () { this.write(Buffer.from(JSON.parse(bytes), 'base64')); })
  .on('data', (data) => { answer += data; })
  .on('close', () => console.log(JSON.stringify(answer)));`;

/**
 * Runs nginx or HAProxy of the image as an ingress at a fixed address. The configuration is
 * /forwarder/config, and a certificate with its key /forwarder/tls.pem.
 */
export async function startForwarder(
  stage: Stage,
  program: 'nginx' | 'haproxy',
  { address, config, tls }: { address: string; config: string; tls?: ServerCertificate },
): Promise<Forwarder> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-cache-forwarder-'));
  stage.use({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) });
  await writeFile(join(folder, 'config'), config);
  if (tls !== undefined) {
    await writeFile(join(folder, 'tls.pem'), `${tls.certificatePem}${tls.keyPem}`);
  }
  const argument = program === 'nginx' ? '-c' : '-f';
  const container = await runContainer(
    IMAGE,
    [
      `--network=${stage.network.name}`,
      `--ip=${address}`,
      `--volume=${folder}:/forwarder:ro`,
      '--no-healthcheck',
      `--entrypoint=${program}`,
    ],
    [argument, '/forwarder/config'],
  );
  stage.use({ [Symbol.asyncDispose]: container.remove });
  const run = async (script: string, host: string, ...args: unknown[]) => {
    const words = args.map((arg) => JSON.stringify(arg));
    const answer = await container.exec(['node', '-e', script, host, ...words]);
    if (answer.exitCode !== 0) throw new Error(`${answer.stderr}\n${await container.logs()}`);
    return JSON.parse(answer.stdout) as unknown;
  };
  const runForNumbers = async (...args: Parameters<typeof run>) => (await run(...args)) as number[];
  return {
    isRunning: container.isRunning,
    send: (host, ...headers) => runForNumbers(SEND, host, ...headers),
    guess: (host, count, headers) => runForNumbers(GUESS, host, count, headers),
    speak: async (host, bytes) => (await run(SPEAK, host, bytes.toString('base64'))) as string,
  };
}
