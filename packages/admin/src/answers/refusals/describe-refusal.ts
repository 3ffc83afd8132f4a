import type { AuditRecord } from '@registry-cache/domain';
import type { RefusalsAnswer } from '../../contract/refusals.ts';

type Refusal = RefusalsAnswer['refusals'][number];

/** How egress ends the reason of a refusal by a rule for images. */
const IMAGE_RULE = / \((?<by>trust|admission) rule (?<rule>\d+)\)$/;
/** How it begins one. */
const IMAGE = /^\S+(?: blob \S+)? is refused: /;

/** A record of the audit log as a refusal, with the rule that its text names. */
export function describeRefusal(record: AuditRecord): Refusal {
  const { time, user, from, image, right, rule, because, id, count } = record;
  const fields = {
    ...{ time, who: user, address: from, image, count: count ?? 1 },
    ...(id !== undefined && { id }),
    ...(right !== undefined && { right }),
  };
  const ofImage = IMAGE_RULE.exec(because);
  if (ofImage !== null && right === undefined) {
    const by = ofImage.groups?.by === 'trust' ? 'trust' : 'admission';
    const reason = because.slice(0, ofImage.index).replace(IMAGE, '');
    return { ...fields, by, rule: Number(ofImage.groups?.rule), reason };
  }
  const by = right === undefined ? 'other' : 'access';
  return { ...fields, by, ...(typeof rule === 'number' && { rule }), reason: because };
}
