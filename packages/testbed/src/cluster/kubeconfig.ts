/** How a program reaches the API server. */
export interface ApiAccess {
  /** `https://10.89.0.1:6443`. */
  readonly url: string;
  /** PEM of the authority that signed its certificate. */
  readonly ca: string;
  readonly token: string;
}

/** The text of a kubeconfig file. It is JSON, which is also YAML. */
export function formatKubeconfig({ url, ca, token }: ApiAccess): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: {
          server: url,
          'certificate-authority-data': Buffer.from(ca).toString('base64'),
        },
      },
    ],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}
