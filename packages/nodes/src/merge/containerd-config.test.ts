import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { planConfigPath } from './containerd-config.ts';

const FOLDER = '/etc/containerd/certs.d';

describe("containerd's configuration", () => {
  it.each([
    [
      'version 2',
      'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\nconfig_path = "/a"',
    ],
    [
      'version 3',
      "version = 3\n[plugins.'io.containerd.cri.v1.images'.registry]\nconfig_path = '/a'",
    ],
    [
      'several',
      'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\nconfig_path = "/a:/b"',
    ],
  ])('names the folder: %s', (_, text) => {
    expect(planConfigPath(text, FOLDER)).toEqual({ kind: 'set', folder: '/a' });
  });

  it.each([
    ['no table', 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = "pause"'],
    [
      'an empty path',
      'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry] # here\n  config_path = ""\n  [plugins."io.containerd.grpc.v1.cri".registry.headers]\n    a = ["b"]\n',
    ],
    [
      'a table without it',
      "version = 3\n[plugins.'io.containerd.cri.v1.images'.registry]\n[debug]\n",
    ],
    [
      'only the child table',
      'version = 3\n[plugins."io.containerd.cri.v1.images".registry.headers]\na = ["b"]\n',
    ],
  ])('gets the folder where it has none: %s', (_, text) => {
    const plan = planConfigPath(text, FOLDER);
    if (plan.kind !== 'unset') throw new Error(JSON.stringify(plan));
    expect(planConfigPath(plan.text, FOLDER)).toEqual({ kind: 'set', folder: FOLDER });
    // Nothing else has changed.
    expect(removePath(parse(plan.text))).toEqual(removePath(parse(text)));
  });

  it.each([
    [
      'the deprecated mirrors',
      'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry.mirrors."a"]\nendpoint = ["b"]',
      /mirrors/,
    ],
    ['version 1', '[plugins.cri.registry]\n', /version/],
    ['no TOML', 'version = ', /TOML/],
    ['an inline table', 'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nregistry = {}\n', /./],
  ])('is refused with %s', (_, text, reason) => {
    expect(planConfigPath(text, FOLDER)).toEqual({
      kind: 'refused',
      reason: expect.stringMatching(reason),
    });
  });
});

/** Without config_path, and without tables that are empty then. */
function removePath(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, one: unknown) => {
    if (key === 'config_path') return undefined;
    const isEmpty = typeof one === 'object' && one !== null && Object.keys(one).length === 0;
    return isEmpty ? undefined : one;
  });
}
