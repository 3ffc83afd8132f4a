import { accessSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  type IPrometheusRule,
  PrometheusRule,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import {
  type IServiceMonitor,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { makeTemporaryFolder, runCommand, runOrThrow } from '@registry-cache/testbed';
import { parseAllDocuments } from 'yaml';

const ROOT = resolve(import.meta.dirname, '../..');
const HELM = join(ROOT, '.tools/bin/helm');
const VALIDATE = join(ROOT, '.tools/kubernetes-validate/bin/kubernetes-validate');
/** The program begins with the path of a Python that may have moved with the checkout. */
const PYTHON = join(dirname(VALIDATE), 'python3');

const CHART = join(ROOT, 'deploy/helm/registry-cache');
/** A folder for each case: values.yaml, and what the chart renders from it. */
export const CHART_GOLDENS = join(ROOT, 'deploy/helm/golden');

/** The parts of an object of Kubernetes that the tests look at. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly template?: { readonly spec: PodSpec } };
  readonly data?: Readonly<Record<string, string>>;
}

export interface PodSpec {
  readonly enableServiceLinks?: boolean;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly containers: readonly {
    readonly securityContext?: Readonly<Record<string, unknown>>;
    readonly env?: readonly { readonly name: string; readonly value?: string }[];
    readonly volumeMounts: readonly { readonly name: string }[];
  }[];
  readonly volumes: readonly (Readonly<Record<string, unknown>> & { readonly name: string })[];
}

/** @throws if a program is missing: a test that did not run must not look like one that passed. */
export function requireChartPrograms(): void {
  for (const program of [HELM, VALIDATE]) {
    try {
      accessSync(program);
    } catch (cause) {
      throw new Error(`${program} is missing; ./scripts/test makes it`, { cause });
    }
  }
}

export async function lint(values: string): Promise<void> {
  await runOrThrow(HELM, ['lint', '--strict', '--quiet', CHART, '--values', values]);
}

/** What `helm template` prints, without its comments on the sources. */
export async function renderChart(...args: readonly string[]): Promise<string> {
  const text = await runOrThrow(HELM, [...TEMPLATE, ...args]);
  return `${text
    .replace(/^# Source: .*\n/gm, '')
    .replace(/\n+^---$/gm, '\n---')
    .trim()}\n`;
}

/** What helm says against these arguments; empty if it renders. */
export async function refuse(...args: readonly string[]): Promise<string> {
  const { exitCode, stderr } = await runCommand(HELM, [...TEMPLATE, ...args]);
  return exitCode === 0 ? '' : stderr;
}

export function parseRendered(text: string): Rendered[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((one) => one !== null);
}

/** Checks objects by the schemas of Kubernetes. Returns the kinds for which it has none. */
export async function validate(text: string): Promise<string[]> {
  await using folder = await makeTemporaryFolder('chart');
  const file = join(folder.path, 'rendered.yaml');
  await writeFile(file, text);
  const args = ['--kubernetes-version', '1.37.0', '--strict', file];
  const { exitCode, stdout, stderr } = await runCommand(PYTHON, [VALIDATE, ...args]);
  if (exitCode !== 0) throw new Error(`${stdout}${stderr}`);
  const kinds = `${stdout}${stderr}`.matchAll(/find schema for kind (\w+)/g);
  return [...kinds].map(([, kind = '']) => kind);
}

/** Those of the operator of Prometheus that the chart may render, in the order of their names. */
export const MONITORING_KINDS = ['PrometheusRule', 'ServiceMonitor'];

/** Checks them by the operator's schemas. Returns their kinds. @throws with what is wrong. */
export function validateMonitoring(objects: readonly Rendered[]): string[] {
  const found = objects.filter(({ kind }) => MONITORING_KINDS.includes(kind));
  for (const one of found as readonly unknown[]) {
    const { kind } = one as Rendered;
    if (kind === 'PrometheusRule') new PrometheusRule(one as IPrometheusRule).validate();
    else new ServiceMonitor(one as IServiceMonitor).validate();
  }
  return found.map(({ kind }) => kind).sort();
}

const TEMPLATE = ['template', 'registry-cache', CHART, '--namespace', 'images'];
