import type { AdmissionAsk } from '@registry-cache/domain';
import { Admission } from './cache/admission/admission.ts';
import type { AdmissionDecision } from './cache/admission/admission-deps.ts';
import { ADMISSION_RULES } from './cache/admission/admission-rules.ts';
import { askScanner } from './cache/admission/ask-scanner.ts';
import { followImageRules } from './cache/verdicts/image-rules.ts';
import type { ClientDeps } from './create-client.ts';
import type { CreateCheckDeps } from './create-trust.ts';
import { openFirstSeenStore } from './store/first-seen.ts';
import { openVerdictStore } from './store/verdicts.ts';
import { createTransport } from './wire/transport/transport.ts';

/** The longest time for a connection to a scanner. */
const CONNECT_MS = 10_000;

export interface CreateAdmissionDeps extends CreateCheckDeps, Pick<ClientDeps, 'env' | 'dns'> {
  /** The token of a scanner, by its URL. */
  readonly tokenOf: (url: string) => Promise<string | undefined>;
}

/** The checks of admission by the rules of the options, which may change. */
export function createAdmission(deps: CreateAdmissionDeps): Admission {
  const { cache, options, storeRoot, now, log } = deps;
  return new Admission({
    rulesOf: followImageRules(() => options().admission?.rules, ADMISSION_RULES),
    store: cache.store,
    tags: cache.tags,
    verdicts: openVerdictStore(storeRoot, 'admission'),
    seen: openFirstSeenStore(storeRoot),
    now,
    ask: async (ask, question) => {
      const token = await deps.tokenOf(ask.url);
      return withScanner(deps, ask, (transport) => askScanner(transport, ask, question, token));
    },
    onDecision: (decision) => report(deps, decision),
    onNotKept: (error) => {
      const err = error instanceof Error ? error.message : String(error);
      log.warn({ err }, 'could not write what was admitted');
    },
  });
}

/** Scanners are asked once for each digest, so their connections are not kept. */
async function withScanner<T>(
  { options, env, dns }: CreateAdmissionDeps,
  { url, timeoutMs }: AdmissionAsk,
  work: (transport: ReturnType<typeof createTransport>) => Promise<T>,
): Promise<T> {
  const transport = createTransport({
    origin: new URL(url).origin,
    ca: options().admission?.ca ?? '',
    timeouts: {
      connectMs: Math.min(CONNECT_MS, timeoutMs),
      headersMs: timeoutMs,
      blobHeadersMs: timeoutMs,
      idleMs: timeoutMs,
    },
    env,
    lookup: dns.operator.lookup,
  });
  // A connection that is still being opened must not delay the answer.
  return work(transport).finally(() => void transport.close().catch(() => undefined));
}

const VERDICTS = { admitted: 'allowed', refused: 'refused', waiting: 'refused' } as const;

/** Each verdict is told once: good ones are kept, and bad ones remembered for a while. */
function report(
  { metrics, log, record }: CreateAdmissionDeps,
  { upstream, image, digest, outcome, rule, because }: AdmissionDecision,
): void {
  metrics.admissionVerdicts.inc({ upstream, outcome });
  const level = outcome === 'admitted' ? 'info' : 'warn';
  log[level]({ upstream, image, digest, outcome, rule, because }, 'admission decided');
  // Without an answer of the scanner there is no verdict.
  if (outcome === 'unknown') return;
  record({ event: 'admission', image, digest, rule, because, verdict: VERDICTS[outcome] });
}
