import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { TransportError } from '../../wire/transport/failure.ts';
import type { OutboundRequest, Reply, Transport } from '../../wire/transport/transport.ts';
import { retrying } from './retry.ts';

const REQUEST: OutboundRequest = {
  method: 'GET',
  url: new URL('https://a.test/'),
  headers: {},
  signal: new AbortController().signal,
};

function scripted(...steps: (number | Error)[]) {
  let sends = 0;
  const pauses: number[] = [];
  const inner: Transport = {
    async send({ url }) {
      const step = steps[sends] ?? 200;
      sends += 1;
      if (step instanceof Error) throw step;
      const body = Object.assign(Readable.from([]), { dump: async () => undefined });
      const headers = step === 503.5 ? { 'retry-after': '60' } : {};
      return { url, redirected: false, status: Math.floor(step), headers, body } satisfies Reply;
    },
    close: async () => undefined,
  };
  const sleep = async (ms: number) => void pauses.push(ms);
  const transport = retrying(inner, { sleep, random: () => 1, onRetry: () => undefined });
  return { transport, pauses, sends: () => sends };
}

const refused = new TransportError('connect', 'refused', { retryable: true });
const timeout = new TransportError('connect', 'timeout', { timedOut: true });

test('sends again after a failed connection and after 502, 503 and 504', async () => {
  const { transport, pauses, sends } = scripted(refused, 503, 200);
  expect((await transport.send(REQUEST)).status).toBe(200);
  expect([sends(), pauses]).toEqual([3, [100, 200]]);
});

test('returns the last answer after the third attempt', async () => {
  const { transport, sends } = scripted(502, 502, 504, 200);
  expect((await transport.send(REQUEST)).status).toBe(504);
  expect(sends()).toBe(3);
});

test.each([400, 401, 403, 404, 429, 500, 503.5])('returns status %d at once', async (status) => {
  const { transport, sends } = scripted(status);
  expect((await transport.send(REQUEST)).status).toBe(Math.floor(status));
  expect(sends()).toBe(1);
});

test('does not send again after a timeout', async () => {
  const { transport, sends } = scripted(timeout);
  await expect(transport.send(REQUEST)).rejects.toBe(timeout);
  expect(sends()).toBe(1);
});
