import type { Evidence } from './find/evidence.ts';
import { findEvidence } from './find/find-evidence.ts';
import type { SignatureRule, SignedImage } from './rules.ts';
import type { SignatureSource } from './signature-source.ts';
import { RefusedSignature, type SignatureVerdict, worstRefusal } from './verdict.ts';
import { type CompiledSigner, compileRule } from './verify/compile-rules.ts';

/**
 * Looks for signatures of an image and verifies them, for each of the rules. Resolves as soon as
 * every rule has a signature that counts. Never rejects: a registry that cannot be asked is the
 * verdict `unknown`.
 */
export async function checkSignatures(
  source: SignatureSource,
  image: SignedImage,
  rules: readonly SignatureRule[],
): Promise<SignatureVerdict[]> {
  const open = rules.map(openRule);
  const { promise: allVerified, resolve } = Promise.withResolvers<undefined>();
  const isDone = () => open.every(({ by }) => by !== undefined);
  const search = findEvidence(source, image.digest, {
    isDone,
    async onEvidence(evidence) {
      await Promise.all(open.map((rule) => tryRule(rule, image, evidence)));
      if (isDone()) resolve(undefined);
    },
    onRefused: (refusal) => {
      for (const { refusals } of open) refusals.push(refusal);
    },
  }).then(
    () => undefined,
    (error: unknown) => messageOf(error),
  );
  const failure = await Promise.race([allVerified, search]);
  return open.map((rule) => verdictOf(rule, failure));
}

interface OpenRule {
  readonly signers: readonly CompiledSigner[];
  readonly refusals: RefusedSignature[];
  /** The signer whose signature counts. */
  by: string | undefined;
}

function openRule(rule: SignatureRule): OpenRule {
  return { signers: compileRule(rule), refusals: [], by: undefined };
}

async function tryRule(rule: OpenRule, image: SignedImage, evidence: Evidence): Promise<void> {
  for (const { name, verify } of rule.signers) {
    if (rule.by !== undefined) return;
    try {
      await verify(image, evidence);
      rule.by ??= name;
    } catch (error) {
      rule.refusals.push(
        error instanceof RefusedSignature
          ? error
          : new RefusedSignature('garbage', `its signature cannot be read (${messageOf(error)})`),
      );
    }
  }
}

function verdictOf({ by, refusals }: OpenRule, failure: string | undefined): SignatureVerdict {
  if (by !== undefined) return { kind: 'verified', by };
  if (failure !== undefined) return { kind: 'unknown', reason: failure };
  const { code, reason } = worstRefusal(refusals);
  return { kind: 'refused', code, reason };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
