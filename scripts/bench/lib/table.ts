/** One line of the table: the same work by the appliance and by bare distribution. */
export interface Row {
  readonly work: string;
  readonly ours: number;
  /** Absent if distribution has no such feature. */
  readonly bare?: number;
  readonly unit: string;
  /** The aim: a limit on the ratio if both are known, else on the appliance's own figure. */
  readonly aim?: Aim;
  /** A limit on the appliance's own figure, if distribution's is for comparison only. */
  readonly ownAim?: Aim;
}

export type Aim = { readonly atMost: number } | { readonly atLeast: number };

export type Bench = () => Promise<readonly Row[]>;

/** A Markdown table that is also readable in a terminal. */
export function formatTable(rows: readonly Row[]): string {
  const head = ['work', 'unit', 'ours', 'distribution', 'ratio', 'aim', ''];
  const lines = [head, ...rows.map(formatRow)];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => width(line[column]))));
  const text = lines.map(
    (line) => `| ${line.map((cell, at) => pad(cell, widths[at])).join(' | ')} |`,
  );
  return [
    text[0],
    `|${widths.map((size) => '-'.repeat(size + 2)).join('|')}|`,
    ...text.slice(1),
  ].join('\n');
}

function formatRow({ work, unit, ours, bare, aim, ownAim }: Row): string[] {
  const ratio = bare === undefined ? undefined : ours / bare;
  return [
    work,
    unit,
    formatNumber(ours),
    bare === undefined ? '–' : formatNumber(bare),
    ratio === undefined ? '–' : formatNumber(ratio),
    formatAim(ownAim ?? aim),
    ownAim === undefined ? formatVerdict(ratio ?? ours, aim) : formatVerdict(ours, ownAim),
  ];
}

function formatAim(aim: Aim | undefined): string {
  if (aim === undefined) return '–';
  return 'atMost' in aim ? `≤ ${aim.atMost}` : `≥ ${aim.atLeast}`;
}

function formatVerdict(found: number, aim: Aim | undefined): string {
  if (aim === undefined) return '';
  const isMet = 'atMost' in aim ? found <= aim.atMost : found >= aim.atLeast;
  return isMet ? 'met' : 'MISSED';
}

/** Three significant digits, because of noise. */
function formatNumber(value: number): string {
  if (value >= 100) return Math.round(value).toString();
  return value.toPrecision(3).replace(/\.?0+$/, '');
}

function pad(cell: string, size = 0): string {
  return cell + ' '.repeat(size - width(cell));
}

function width(cell = ''): number {
  return [...cell].length;
}
