/** One line of the table: the same work, done by the appliance and by bare distribution. */
export interface Row {
  readonly work: string;
  readonly ours: number;
  /** Absent where distribution has nothing of the kind. */
  readonly bare?: number;
  readonly unit: string;
  /** What is aimed for: a limit on the ratio where both are known, else on our own figure. */
  readonly aim?: Aim;
  /** A limit on our own figure, where distribution's is there for comparison only. */
  readonly ownAim?: Aim;
}

export type Aim = { readonly atMost: number } | { readonly atLeast: number };

export type Bench = () => Promise<readonly Row[]>;

/** A markdown table, which can be read in a terminal too. */
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

/** Three digits that count, as noise allows no more. */
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
