import type { TraceOptions } from '@registry-cache/domain';
import type { ParentContext } from './trace-context.ts';

type SamplerOptions = Pick<TraceOptions, 'sampler' | 'ratio'>;

/**
 * Whether a trace is recorded, as the OpenTelemetry specification defines its samplers ("Built-in
 * samplers"). Every program that samples by ratio decides alike, since the id of the trace decides.
 */
export function shouldSample(
  { sampler, ratio }: SamplerOptions,
  traceId: string,
  parent: ParentContext | undefined,
): boolean {
  const [, isByParent, root = ''] = /^(parentbased_)?(.+)$/.exec(sampler) ?? [];
  if (isByParent !== undefined && parent !== undefined) return parent.isSampled;
  if (root === 'always_on') return true;
  if (root === 'always_off') return false;
  return Number.parseInt(traceId.slice(-14), 16) < ratio * 2 ** 56;
}
