import {
  type Appliance,
  type CommandResult,
  runContainer,
  runOrThrow,
  type TestNetwork,
} from '@registry-cache/testbed';
import { IMAGE } from './inside.ts';
import type { Stage } from './stage.ts';

/** Another machine on the network, with its own address. */
export interface Guesser {
  readonly address: string;
  /** Sends wrong passwords as fast as it can for so long, and returns the count of each status. */
  guess(way: GuessWay, durationMs: number): Promise<Record<string, number>>;
  /** Asks for so many tokens, each by another user and a wrong password, and hangs up. */
  abandon(count: number): Promise<void>;
  /** Sends requests one after another, and returns their statuses. */
  ask(...requests: readonly GuesserRequest[]): Promise<number[]>;
}

/** Basic at the API, Basic or a form at the token endpoint, or forged tokens. */
export type GuessWay = 'basic' | 'token' | 'form' | 'bearer';

export interface GuesserRequest {
  readonly path: string;
  readonly authorization: string;
}

/** 32 kept connections, as one client with some threads has. */
const PRELUDE = `
const { Agent, request } = require('node:https');
const { randomBytes } = require('node:crypto');
const host = process.argv[1];
const agent = new Agent({ keepAlive: true, maxSockets: 32, rejectUnauthorized: false });
const send = (method, path, headers, body) => new Promise((resolve, reject) => {
  request({ agent, host, port: 8443, method, path, headers: { host: 'cache', ...headers } }, (answer) => {
    answer.resume().once('end', () => resolve(answer.statusCode));
  }).once('error', reject).end(body);
});
// The appliance must ignore headers that a proxy in front of it would set.
const lies = () => ({ 'x-forwarded-for': '10.9.8.' + randomBytes(1)[0], 'x-source': '10.9.8.7' });
`;

const GUESS = `${PRELUDE}
const [way, durationMs] = process.argv.slice(2);
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const guesses = {
  basic: (word) => send('GET', '/v2/', { ...lies(), authorization: 'Basic ' + btoa('ann:' + word) }),
  token: (word) => send('GET', '/token', { ...lies(), authorization: 'Basic ' + btoa('ann:' + word) }),
  form: (word) => send('POST', '/token', { ...lies(), ...form }, 'grant_type=password&username=ann&password=' + word),
  bearer: (word) => {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: 'registry-cache', aud: 'registry-cache', sub: 'ann', exp: 4e9, login: word };
    const token = [part({ alg: 'ES256' }), part(claims), randomBytes(64).toString('base64url')].join('.');
    return send('GET', '/v2/', { ...lies(), authorization: 'Bearer ' + token });
  },
};
const counts = {};
const untilMs = Date.now() + Number(durationMs);
const guess = async () => {
  while (Date.now() < untilMs) {
    const status = await guesses[way](randomBytes(9).toString('hex'));
    counts[status] = (counts[status] ?? 0) + 1;
  }
};
Promise.all(Array.from({ length: 32 }, guess)).then(() => {
  console.log(JSON.stringify(counts));
  agent.destroy();
});`;

const ASK = `${PRELUDE}
(async () => {
  const statuses = [];
  for (const { path, authorization } of JSON.parse(process.argv[2])) {
    statuses.push(await send('GET', path, { authorization }));
  }
  console.log(JSON.stringify(statuses));
  agent.destroy();
})();`;

const ABANDON = `${PRELUDE}
const [count] = process.argv.slice(2);
const many = new Agent({ maxSockets: Number(count), rejectUnauthorized: false });
for (let index = 0; index < Number(count); index += 1) {
  const headers = { authorization: 'Basic ' + btoa('user' + index + ':' + randomBytes(9).toString('hex')) };
  request({ agent: many, host, port: 8443, path: '/token', headers })
    .on('error', () => {}).end();
}
setTimeout(() => {
  many.destroy();
  console.log('null');
}, 1000);`;

/** Guesses in the appliance's own network namespace, from an address that is added there. */
export async function guessByIpv6(
  appliance: Appliance,
  address: string,
  durationMs: number,
): Promise<void> {
  const pid = await runOrThrow('podman', ['inspect', '--format', '{{.State.Pid}}', appliance.id]);
  const add = ['ip', '-6', 'address', 'add', `${address}/64`, 'dev', 'lo', 'nodad'];
  await runOrThrow('nsenter', [`--target=${pid}`, '--net', ...add]);
  outputOf(await appliance.exec(['node', '-e', GUESS, address, 'basic', String(durationMs)]));
}

export async function startGuesser(stage: Stage, appliance: Appliance): Promise<Guesser> {
  const { network } = stage;
  const container = await runContainer(
    IMAGE,
    [`--network=${network.name}`, '--entrypoint=sleep'],
    ['infinity'],
  );
  stage.use({ [Symbol.asyncDispose]: container.remove });
  const target = await findAddress(appliance.id, network);
  const run = async (script: string, ...args: string[]) =>
    JSON.parse(outputOf(await container.exec(['node', '-e', script, target, ...args])));
  return {
    address: await findAddress(container.id, network),
    guess: (way, durationMs) => run(GUESS, way, String(durationMs)),
    abandon: (count) => run(ABANDON, String(count)),
    ask: (...requests) => run(ASK, JSON.stringify(requests)),
  };
}

export function findAddress(id: string, { name }: TestNetwork): Promise<string> {
  const format = `{{(index .NetworkSettings.Networks "${name}").IPAddress}}`;
  return runOrThrow('podman', ['inspect', '--format', format, id]);
}

function outputOf({ exitCode, stdout, stderr }: CommandResult): string {
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`);
  return stdout;
}
