import type { ProbedBucket } from '@registry-cache/egress/probe';
import {
  type CheckContext,
  type CheckOutcome,
  INPUT_IS_BROKEN,
  notTried,
  tried,
} from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';

export function findBucketFaults(name: string, probed: ProbedBucket): Finding[] {
  const subject = `the bucket ${name}`;
  if (probed.kind === 'answers') {
    const { lifecycle } = probed;
    if (lifecycle === 'set' || lifecycle === 'unwanted') return [];
    const found = lifecycle === 'missing' ? 'no rule' : 'rules that may not be read';
    return [buildFinding('bucket-keeps-all', { subject, found })];
  }
  const { status, message: found } = probed;
  if (status === 0) {
    // The SDK finds no credentials before it sends anything.
    const lacksLogin = /credential/i.test(found);
    return [buildFinding(lacksLogin ? 'bucket-refused' : 'bucket-silent', { subject, found })];
  }
  if (status === 401 || status === 403) return [buildFinding('bucket-refused', { subject, found })];
  if (status === 404) return [buildFinding('bucket-missing', { subject, found })];
  return [buildFinding('bucket-error', { subject, found })];
}

export async function checkBucket({ settings, probe }: CheckContext): Promise<CheckOutcome> {
  if (settings === undefined || probe === undefined) return INPUT_IS_BROKEN;
  if (probe.bucket === undefined) return notTried('S3_BUCKET names none');
  const { S3_BUCKET: name } = settings;
  return tried(name, findBucketFaults(name, await probe.bucket()));
}
