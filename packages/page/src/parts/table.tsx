import type { ComponentChildren, Key } from 'preact';

/** A column of a table. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand to the right. */
  readonly isNumber?: boolean;
  /** Single words, which are never broken. */
  readonly isWord?: boolean;
  /** Names of images beside other long texts. They get a third of the table. */
  readonly isName?: boolean;
}

interface TableProps<Row> {
  /** Read aloud by screen readers. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => Key;
}

/**
 * A table, whose rows are cards on a narrow screen. Browsers forget that it is a table then, so each
 * part has its role said.
 */
export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <table role="table">
      <caption>{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column.head} role="columnheader" scope="col" class={classOf(column)}>
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row">
            {columns.map((column) => (
              <td key={column.head} role="cell" data-head={column.head} class={classOf(column)}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function classOf<Row>({ isNumber, isWord, isName }: Column<Row>): string | undefined {
  if (isNumber) return 'number';
  if (isWord) return 'word';
  return isName ? 'third' : undefined;
}
