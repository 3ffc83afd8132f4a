import { passedHeaders, streamAnswer } from '../engine/engine.ts';
import { type Exchange, send } from '../http/answer.ts';
import { type Context, requireDigest } from './context.ts';
import { requireVisible } from './own-parts.ts';

/** `GET` and `HEAD …/blobs/<digest>`. The hot lane answers most of the former by itself. */
export async function showBlob(
  context: Context,
  exchange: Exchange,
  repository: string,
  text: string,
): Promise<void> {
  const digest = requireDigest(text);
  const { engine, guard, claims } = context;
  const { request, response } = exchange;
  const isHead = request.method === 'HEAD';
  const path = `/v2/${repository}/blobs/${digest}`;
  const headers = passedHeaders(request);
  if (!isHead) {
    await streamAnswer(await engine.ask({ method: 'GET', path, headers }), response);
    return;
  }
  requireVisible(context, exchange, repository, digest);
  using _use = await guard.use([digest]);
  const answer = await engine.ask({ method: 'HEAD', path, headers });
  // Clients that push ask so, and then do not send the blob.
  if (answer.statusCode === 200) claims.claim(repository, digest);
  await streamAnswer(answer, response);
}

/** `DELETE …/blobs/<digest>`: takes the blob out of the repository. */
export async function deleteBlob(
  context: Context,
  exchange: Exchange,
  repository: string,
  text: string,
): Promise<void> {
  const digest = requireDigest(text);
  const { engine, guard, deletions, report, onDeletion } = context;
  using _use = await guard.use([digest]);
  const path = `/v2/${repository}/blobs/${digest}`;
  const answer = await engine.askShortly({ method: 'DELETE', path });
  if (answer.statusCode === 202) {
    await deletions.add({ kind: 'blob', repository, digest });
    report.deleted();
    onDeletion();
  }
  const type = answer.text === '' ? {} : { 'content-type': 'application/json' };
  send(exchange, answer.statusCode, type, answer.text);
}
