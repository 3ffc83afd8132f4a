import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { promisify } from 'node:util';
import ipaddr from 'ipaddr.js';

interface Records {
  readonly a?: readonly string[] | 'silent';
  readonly aaaa?: readonly string[] | 'silent';
}

const HEAD_BYTES = 12;
const TYPE_A = 1;
const NO_SUCH_NAME = 3;

/**
 * A name server on loopback that knows only these names. It does not answer for `silent` names.
 * Source: RFC 1035, section 4.1.
 */
export async function startNameServer(names: Readonly<Record<string, Records>>) {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = readQuestion(query);
    asked.push(name);
    const records = names[name];
    const found = type === TYPE_A ? records?.a : records?.aaaa;
    if (found === 'silent') return;
    socket.send(
      formatAnswer(query.subarray(0, end), records === undefined, found ?? []),
      port,
      address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
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
function formatAnswer(question: Buffer, isUnknown: boolean, addresses: readonly string[]): Buffer {
  const answer = Buffer.from(question);
  answer.writeUInt16BE(0x8180 | (isUnknown ? NO_SUCH_NAME : 0), 2);
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
