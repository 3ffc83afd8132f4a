import { policySchema } from '@registry-cache/config';
import { NODE_CLIENTS } from '@registry-cache/nodes';
import { z } from 'zod';
import { chartSettingsSchema } from './settings.ts';

/** What Kubernetes checks itself. */
const anything = z.record(z.string(), z.unknown());
const things = z.array(anything);
const texts = z.record(z.string(), z.string());
const words = z.array(z.string().min(1));
const key = z.string().regex(/^[A-Za-z0-9._-]+$/);
const port = z.int().min(1).max(65_535);

const image = z.strictObject({
  repository: z.string().min(1),
  tag: z.string(),
  digest: z.string().regex(/^(sha256:[0-9a-f]{64})?$/),
  pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
});

const store = z.strictObject({
  persistent: z.boolean(),
  size: z.string().regex(/^[0-9]+([KMGTP]i?)?$/),
  storageClass: z.string(),
  accessModes: words,
  existingClaim: z.string(),
});

const file = z.strictObject({ existingSecret: z.string(), key, content: z.string() });

const certificate = z.strictObject({
  names: words,
  existingSecret: z.string(),
  certificateKey: key,
  privateKeyKey: z.union([key, z.literal('')]),
  certManager: z.strictObject({
    enabled: z.boolean(),
    issuerRef: z.strictObject({ name: z.string(), kind: z.string(), group: z.string() }),
  }),
});

const service = z.strictObject({
  type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']),
  port,
  nodePort: z.int().min(0).max(65_535),
  annotations: texts,
  loadBalancerClass: z.string(),
  loadBalancerSourceRanges: words,
  externalTrafficPolicy: z.enum(['', 'Cluster', 'Local']),
});

const ingress = z.strictObject({
  enabled: z.boolean(),
  className: z.string(),
  annotations: texts,
  hosts: words,
  tlsSecret: z.string(),
});

const httpRoute = z.strictObject({
  enabled: z.boolean(),
  annotations: texts,
  parentRefs: things,
  hostnames: words,
});

const nodes = z.strictObject({
  enabled: z.boolean(),
  client: z.enum(Object.keys(NODE_CLIENTS)),
  // A name or an address of IPv4, as `registry-cache node` takes it.
  address: z.string().regex(/^([A-Za-z0-9.-]+(:[0-9]{1,5})?)?$/),
  loginSecret: z.string(),
  restart: z.boolean(),
  position: z.enum(['first', 'last']),
  nodeSelector: texts,
  tolerations: things,
  resources: anything,
});

const monitoring = z.strictObject({
  enabled: z.boolean(),
  // As Prometheus has durations.
  interval: z.string().regex(/^([0-9]+(ms|[smhdwy]))+$/),
  labels: texts,
  alerts: z.boolean(),
  runbooks: z.string().regex(/^(https?:\/\/\S+\/)?$/),
});

/** The values of deploy/helm/registry-cache. Its values.schema.json is made of this. */
export const chartValuesSchema = z.strictObject({
  image,
  imagePullSecrets: words,
  replicas: z.int().min(0).max(1000),
  store,
  peers: z.strictObject({
    enabled: z.boolean(),
    existingSecret: z.string(),
    key,
    clusterDomain: z.string().regex(/^[a-z0-9.-]+$/),
  }),
  settings: chartSettingsSchema,
  extraEnv: things,
  pullSecret: file,
  policy: policySchema,
  htpasswd: file,
  certificate,
  service,
  ingress,
  httpRoute,
  connectProxy: z.strictObject({ enabled: z.boolean(), existingSecret: z.string() }),
  admin: z.strictObject({ enabled: z.boolean() }),
  monitoring,
  networkPolicy: z.strictObject({
    enabled: z.boolean(),
    from: things,
    ingressFrom: things,
    metricsFrom: things,
    adminFrom: things,
    egress: things,
  }),
  podDisruptionBudget: z.strictObject({
    enabled: z.boolean(),
    maxUnavailable: z.union([z.int().min(1), z.string().regex(/^[0-9]+%$/)]),
  }),
  serviceAccount: z.strictObject({
    create: z.boolean(),
    name: z.string(),
    annotations: texts,
    automount: z.boolean(),
  }),
  resources: anything,
  preStopSeconds: z.int().min(0).max(600),
  nodes,
  labels: texts,
  podLabels: texts,
  podAnnotations: texts,
  nodeSelector: texts,
  tolerations: things,
  affinity: anything,
  topologySpreadConstraints: things,
  priorityClassName: z.string(),
  extraVolumes: things,
  extraVolumeMounts: things,
});

/** The text of values.schema.json. Draft 7 is the newest that every Helm knows. */
export function formatChartSchema(): string {
  // Helm adds `global`, which this chart does not read.
  const values = chartValuesSchema.extend({ global: anything.optional() });
  return JSON.stringify(z.toJSONSchema(values, { io: 'input', target: 'draft-7' }), null, 2);
}
