import { formatSize } from '@registry-cache/domain/format-size';
import { formatCount } from '../format/format-count.ts';

/** A size, with all its bytes where the pointer rests. */
export function Bytes({ of }: { readonly of: number }) {
  return <span title={`${formatCount(of)} bytes`}>{formatSize(of)}</span>;
}
