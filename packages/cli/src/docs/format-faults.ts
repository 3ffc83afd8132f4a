import { CHECK_NAMES, CHECKS, FAULTS, type Fault } from '@registry-cache/doctor';
import { formatTable } from '../format-table.ts';

const WIDTH = 100;

/** The checks of docs/doctor.md. */
export function formatChecksTable(): string {
  const faults = Object.entries<Fault>(FAULTS);
  const rows = CHECKS.map(({ name, tries }) => {
    const ids = faults.filter(([, { check }]) => check === name).map(([id]) => `[${id}](#${id})`);
    return [`\`${name}\``, tries, ids.join(', ')];
  });
  return formatTable(['check', 'tries', 'can find'], rows);
}

/** A section of docs/doctor.md for each fault, in the order of the checks. */
export function formatFaultSections(): string {
  const sections = CHECK_NAMES.flatMap((name) =>
    Object.entries<Fault>(FAULTS).filter(([, { check }]) => check === name),
  ).map(([id, fault]) => {
    const severity = fault.severity === 'error' ? 'Error.' : 'Warning.';
    const text = [
      wrap(`${severity} ${fault.meaning}`),
      `- ${wrap(`Accepted: ${fault.accepted}`, '  ')}`,
      `- ${wrap(`Do: ${fault.advice}`, '  ')}`,
    ];
    return `### ${id}\n\n${text[0]}\n\n${text[1]}\n${text[2]}\n`;
  });
  return `\n${sections.join('\n')}`;
}

/** Lines of at most `WIDTH` characters. Further ones begin with `indent`, and the first has its room. */
function wrap(text: string, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length + indent.length <= WIDTH) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].join(`\n${indent}`);
}
