import type { ServerResponse } from 'node:http';
import type { Body } from './body-faults.ts';

/**
 * Sends a body piece by piece. Each piece has left this process before the next one is read, so
 * that a cut at byte N has sent N bytes. Rejects if the body breaks or the client leaves.
 */
export async function sendBody(
  response: ServerResponse,
  body: Body,
  onSent: (bytes: number) => void,
): Promise<void> {
  response.flushHeaders();
  for await (const chunk of body) {
    if (response.destroyed) throw new Error('the client is gone');
    if (chunk.length === 0) continue;
    await write(response, chunk);
    onSent(chunk.length);
  }
  response.end();
}

function write(response: ServerResponse, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Error('the client is gone'));
    response.once('close', gone);
    response.write(chunk, (error) => {
      response.off('close', gone);
      if (error) reject(error);
      else resolve();
    });
  });
}
