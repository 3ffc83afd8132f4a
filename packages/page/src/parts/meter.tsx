interface MeterProps {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  /** The value as people read it. */
  readonly text: string;
  readonly tone?: 'good' | 'warn' | 'bad';
}

/** A bar that is filled to a part. */
export function Meter({ label, value, max, text, tone = 'good' }: MeterProps) {
  const percent = max <= 0 ? 0 : Math.min(100, (100 * value) / max);
  return (
    <div
      class="meter"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={Math.min(value, max)}
      aria-valuetext={text}
    >
      <span class={tone} style={{ width: `${percent}%` }} />
    </div>
  );
}
