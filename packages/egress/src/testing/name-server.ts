import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { promisify } from 'node:util';
import ipaddr from 'ipaddr.js';

export interface NameRecords {
  readonly a?: readonly string[] | 'silent';
  readonly aaaa?: readonly string[] | 'silent';
}

export interface NameServerOptions {
  /** Its address. Default loopback. */
  readonly host?: string;
  /** Default a free one. */
  readonly port?: number;
}

export interface NameServer extends AsyncDisposable {
  /** `host:port` */
  readonly address: string;
  /** The names of all questions so far, oldest first. */
  readonly asked: readonly string[];
  /** Replaces its names. */
  setNames(names: Readonly<Record<string, NameRecords>>): void;
  /** `silent` answers nothing, `failing` answers SERVFAIL. */
  setMode(mode: 'answering' | 'silent' | 'failing'): void;
}

const HEAD_BYTES = 12;
const TYPE_A = 1;
const NO_ERROR = 0;
const SERVER_FAILURE = 2;
const NO_SUCH_NAME = 3;

/**
 * A name server that knows only these names. It does not answer for `silent` names.
 * Source: RFC 1035, section 4.1.
 */
export async function startNameServer(
  names: Readonly<Record<string, NameRecords>>,
  { host = '127.0.0.1', port = 0 }: NameServerOptions = {},
): Promise<NameServer> {
  const asked: string[] = [];
  let known = names;
  let mode: Parameters<NameServer['setMode']>[0] = 'answering';
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const { name, type, end } = readQuestion(query);
    asked.push(name);
    const records = known[name];
    const found = type === TYPE_A ? records?.a : records?.aaaa;
    if (found === 'silent' || mode === 'silent') return;
    const code =
      mode === 'failing' ? SERVER_FAILURE : records === undefined ? NO_SUCH_NAME : NO_ERROR;
    const addresses = code === NO_ERROR ? (found ?? []) : [];
    socket.send(formatAnswer(query.subarray(0, end), code, addresses), from.port, from.address);
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  return {
    address: `${host}:${socket.address().port}`,
    asked,
    setNames: (next) => {
      known = next;
    },
    setMode: (next) => {
      mode = next;
    },
    [Symbol.asyncDispose]: () => promisify(socket.close.bind(socket))(),
  };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEAD_BYTES;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** The question, and one record for each address; the record's name points to byte 12. */
function formatAnswer(question: Buffer, code: number, addresses: readonly string[]): Buffer {
  const answer = Buffer.from(question);
  answer.writeUInt16BE(0x8180 | code, 2);
  answer.writeUInt16BE(addresses.length, 6);
  answer.writeUInt32BE(0, 8);
  const records = addresses.map((address) => {
    const bytes = Buffer.from(ipaddr.parse(address).toByteArray());
    const head = [
      0xc0,
      HEAD_BYTES,
      0,
      isIPv4(address) ? 1 : 28,
      0,
      1,
      0,
      0,
      0,
      60,
      0,
      bytes.length,
    ];
    return Buffer.concat([Buffer.from(head), bytes]);
  });
  return Buffer.concat([answer, ...records]);
}
