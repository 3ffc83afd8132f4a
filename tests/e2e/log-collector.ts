import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runContainer, type ServerCertificate } from '@registry-cache/testbed';
import { IMAGE } from './inside.ts';
import type { Stage } from './stage.ts';

/** The kinds of collectors, each with its port. A kind's lines are in a file of its own. */
export const PORTS = { tcp: 514, tls: 6514, udp: 5140, relp: 2514, relps: 2515 } as const;
export type Kind = keyof typeof PORTS;

/** A real rsyslogd with every kind of receiver. It can be away. */
export interface LogCollector {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The messages so far, as they came. */
  received(kind: Kind): Promise<string[]>;
}

/** One message of RFC 5424, as far as the tests look at it. */
export interface ReceivedMessage {
  readonly id: string;
  readonly record: Readonly<Record<string, unknown>>;
}

const MESSAGE =
  /^<134>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00 \S+ registry-cache - (\S+) - (\{.*\})$/;

/** @throws for a line of another form. */
export function parseMessage(line: string): ReceivedMessage {
  const [, id, json] = MESSAGE.exec(line) ?? [];
  if (id === undefined || json === undefined) throw new Error(`not a message: ${line}`);
  return { id, record: JSON.parse(json) as Record<string, unknown> };
}

/** Makes a collector at a fixed address. It is away until it is started. */
export async function makeCollector(
  stage: Stage,
  address: string,
  tls: ServerCertificate & { readonly ca: string },
): Promise<LogCollector> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-cache-collector-'));
  stage.use({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) });
  await chmod(folder, 0o777);
  await writeFile(join(folder, 'cert.pem'), tls.certificatePem);
  await writeFile(join(folder, 'key.pem'), tls.keyPem);
  await writeFile(join(folder, 'ca.pem'), tls.ca);
  await writeFile(join(folder, 'collector.conf'), CONFIGURATION);
  let away: (() => Promise<void>) | undefined;
  const stop = async () => {
    await away?.();
    away = undefined;
  };
  stage.use({ [Symbol.asyncDispose]: stop });
  return {
    start: async () => {
      const container = await runContainer(
        IMAGE,
        [
          `--network=${stage.network.name}`,
          `--ip=${address}`,
          `--volume=${folder}:/collector`,
          '--no-healthcheck',
          '--entrypoint=rsyslogd',
        ],
        ['-n', '-i', 'NONE', '-f', '/collector/collector.conf'],
      );
      away = async () => {
        await container.stop();
        await container.remove();
      };
    },
    stop,
    received: async (kind) => {
      const text = await readFile(join(folder, kind), 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '');
    },
  };
}

const TLS_FILES = `streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon"
  streamDriver.certFile="/collector/cert.pem" streamDriver.keyFile="/collector/key.pem"
  streamDriver.caFile="/collector/ca.pem"`;

const CONFIGURATION = `
global(workDirectory="/tmp" maxMessageSize="64k" net.enableDNS="off")
module(load="imtcp")
module(load="imudp")
module(load="imrelp" tls.tlslib="openssl")
template(name="raw" type="string" string="%rawmsg%\\n")
input(type="imtcp" port="${PORTS.tcp}" ruleset="tcp")
input(type="imtcp" port="${PORTS.tls}" ruleset="tls" ${TLS_FILES})
input(type="imudp" port="${PORTS.udp}" ruleset="udp")
input(type="imrelp" port="${PORTS.relp}" ruleset="relp" maxDataSize="64k")
input(type="imrelp" port="${PORTS.relps}" ruleset="relps" maxDataSize="64k" tls="on"
  tls.myCert="/collector/cert.pem" tls.myPrivKey="/collector/key.pem" tls.caCert="/collector/ca.pem")
${Object.keys(PORTS)
  .map(
    (kind) =>
      `ruleset(name="${kind}") { action(type="omfile" file="/collector/${kind}" template="raw") }`,
  )
  .join('\n')}
`;
