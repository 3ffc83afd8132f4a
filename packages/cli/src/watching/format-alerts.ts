import { stringify } from 'yaml';
import { ALERTS, type Alert } from './alerts.ts';

const HEAD = `# Alerts for Prometheus, written by \`pnpm run docs\`. \`registry-cache alerts\` prints them.
# The name of the job has to contain registry-cache. docs/alerts.md says what each means.
`;

export interface AlertsOptions {
  /** What is put before docs/alerts.md in links. */
  readonly runbooks?: string;
  /** Whether to write a PrometheusRule, which the operator of Prometheus takes in Kubernetes. */
  readonly isForKubernetes?: boolean;
}

/** The rules as a file for Prometheus. */
export function formatAlerts({
  runbooks = '',
  isForKubernetes = false,
}: AlertsOptions = {}): string {
  const rules = ALERTS.map((alert) => describeAlert(alert, runbooks));
  const spec = { groups: [{ name: 'registry-cache', rules }] };
  const written = isForKubernetes ? { ...PROMETHEUS_RULE, spec } : spec;
  return HEAD + stringify(written, { lineWidth: 0 });
}

const PROMETHEUS_RULE = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: { name: 'registry-cache', labels: { 'app.kubernetes.io/name': 'registry-cache' } },
};

/** The heading of an alert in docs/alerts.md, as the end of a link. */
export function anchorOf({ name }: Pick<Alert, 'name'>): string {
  return name.toLowerCase();
}

function describeAlert(alert: Alert, runbooks: string) {
  const { name, expr, severity, summary, description } = alert;
  return {
    alert: name,
    expr,
    for: alert.for,
    labels: { severity },
    annotations: {
      summary,
      description,
      runbook_url: `${runbooks}docs/alerts.md#${anchorOf(alert)}`,
    },
  };
}
