import { request } from 'node:http';
import { ANSWER_LIMIT_BYTES, type Send } from './send.ts';

/**
 * Sends a request by plain http, directly: to the metadata service of the machine, or to one that the
 * operator named by a variable of the cloud. No proxy may see its answer. Nothing else in this cache
 * connects to such an address.
 */
export const sendInside: Send = ({ method, url, headers, body }, signal) =>
  new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, signal, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > ANSWER_LIMIT_BYTES) response.destroy(new Error('the answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          ),
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
