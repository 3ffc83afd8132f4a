import { isDigest, type RegistryPath, splitDigest } from '@registry-cache/domain';
import { discard, readCapped, replyHeader } from '../transport/reply.ts';
import type { Reply } from '../transport/transport.ts';
import { badUpstreamAnswer } from './answer-error.ts';
import { digestOf } from './digest.ts';
import { answerHeaders } from './headers.ts';
import { type Answer, askUpstream, type Question, type Source } from './question.ts';
import { headNeedsGet } from './refused-head.ts';
import { upstreamError } from './upstream-error.ts';

/** What the OCI distribution specification (1.1, "Pushing Manifests") asks registries to accept. */
const LIMIT_BYTES = 4 * 1024 * 1024;
const NEEDED = ['docker-content-digest', 'content-length'];

type ManifestPath = Extract<RegistryPath, { kind: 'manifest' }>;

/**
 * A manifest is read whole and hashed before any of it is passed on, so its digest is always
 * known and always true. A HEAD that says too little is answered from a GET.
 * @throws AnswerError
 */
export async function answerManifest(
  source: Source,
  question: Question,
  path: ManifestPath,
): Promise<Answer> {
  if (question.method === 'HEAD') {
    const reply = await ask(source, question, 'HEAD');
    if (reply.status === 304) return bare(reply);
    if (!headNeedsGet(reply, isDigest(path.reference) ? ['content-length'] : NEEDED)) {
      if (reply.status !== 200) throw await upstreamError(reply, source.key, 'manifest');
      return headAnswer(source, path, reply);
    }
    await discard(reply);
  }
  const reply = await ask(source, question, 'GET');
  if (reply.status === 304) return bare(reply);
  if (reply.status !== 200) throw await upstreamError(reply, source.key, 'manifest');
  return checkedAnswer(source, question, path, reply);
}

function ask(source: Source, question: Question, method: 'GET' | 'HEAD'): Promise<Reply> {
  return askUpstream(source, question, method, { 'if-none-match': question.ifNoneMatch });
}

async function bare(reply: Reply): Promise<Answer> {
  await discard(reply);
  const { 'content-length': _, ...headers } = answerHeaders(reply);
  return { status: reply.status, headers, body: undefined };
}

async function headAnswer(source: Source, path: ManifestPath, reply: Reply): Promise<Answer> {
  await discard(reply);
  const said = replyHeader(reply, 'docker-content-digest') ?? path.reference;
  if (isDigest(path.reference) && said !== path.reference) {
    throw badUpstreamAnswer(
      'digest',
      `${source.key} answered for ${said} where ${path.reference} was asked`,
    );
  }
  const headers = { ...answerHeaders(reply), 'docker-content-digest': said };
  return { status: 200, headers, body: undefined };
}

async function checkedAnswer(
  source: Source,
  { method }: Question,
  path: ManifestPath,
  reply: Reply,
): Promise<Answer> {
  const { bytes, whole } = await readCapped(reply, LIMIT_BYTES);
  if (!whole) {
    throw badUpstreamAnswer(
      'size',
      `${source.key} sent a manifest of more than ${LIMIT_BYTES} bytes`,
    );
  }
  const asked = isDigest(path.reference)
    ? path.reference
    : replyHeader(reply, 'docker-content-digest');
  const wanted = asked !== undefined && isDigest(asked) ? asked : undefined;
  const digest = digestOf(bytes, wanted === undefined ? 'sha256' : splitDigest(wanted).algorithm);
  if (wanted !== undefined && wanted !== digest) {
    throw badUpstreamAnswer('digest', `${source.key} sent ${digest} where ${wanted} was expected`);
  }
  if (method === 'GET') source.prefetches.start(source, path.repository, bytes);
  const headers = {
    ...answerHeaders(reply),
    'docker-content-digest': digest,
    'content-length': String(bytes.length),
  };
  return { status: 200, headers, body: method === 'HEAD' ? undefined : once(bytes) };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
