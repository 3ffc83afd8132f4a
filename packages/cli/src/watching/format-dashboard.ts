import { type Panel, ROWS, type Row } from './panels.ts';

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
/** Grafana's grid has 24 columns. */
const COLUMNS = 24;
const SIZES = { number: { width: 4, height: 4 }, plot: { width: 8, height: 8 } } as const;

/** The dashboard as Grafana imports it. */
export function formatDashboard(): string {
  const dashboard = {
    title: 'registry-cache',
    uid: 'registry-cache',
    tags: ['registry-cache'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: VARIABLES },
    panels: layOut(ROWS),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

const VARIABLES = [
  { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
  {
    name: 'instance',
    label: 'Instance',
    type: 'query',
    datasource: DATASOURCE,
    query: 'label_values(registry_cache_store_limit_bytes, instance)',
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
    refresh: 2,
  },
];

/** Each row begins with its title; its panels fill the grid from left to right. */
function layOut(rows: readonly Row[]): object[] {
  const placed: object[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    });
    y += 1;
    let x = 0;
    let rowHeight = 0;
    for (const panel of panels) {
      const { width, height } = SIZES[panel.kind];
      if (x + width > COLUMNS) {
        x = 0;
        y += rowHeight;
      }
      placed.push(describePanel(panel, placed.length + 1, { x, y, w: width, h: height }));
      x += width;
      rowHeight = height;
    }
    y += rowHeight;
  }
  return placed;
}

function describePanel(panel: Panel, id: number, gridPos: object): object {
  const { title, description, kind, unit, queries } = panel;
  return {
    id,
    type: kind === 'number' ? 'stat' : 'timeseries',
    title,
    ...(description !== undefined && { description }),
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options:
      kind === 'number'
        ? { reduceOptions: { calcs: ['lastNotNull'] } }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend || '__auto',
    })),
  };
}
