import { isDigest, type RegistryPath } from '@registry-cache/domain';
import type { Answer, Question, Source } from './contract/upstream-context.ts';
import { answerDigest } from './manifests/answer-digest.ts';
import { answerTag } from './tags/answer-tag.ts';

type ManifestPath = Extract<RegistryPath, { kind: 'manifest' }>;

/**
 * A manifest is read whole and hashed before any of it is passed on, so its digest is always
 * known and always true; and what has come once is answered from the store.
 * @throws AnswerError, TransportError and others that mean the same.
 */
export function answerManifest(
  source: Source,
  question: Question,
  { repository, reference }: ManifestPath,
): Promise<Answer> {
  if (isDigest(reference)) return answerDigest(source, question, repository, reference);
  const { upstreamId } = source;
  return answerTag(source, question, { upstreamId, repository, tag: reference });
}
