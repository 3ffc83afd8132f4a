/** A certificate for `cache.test`, whose key was never kept. */
const LEAF = `-----BEGIN CERTIFICATE-----
MIIBmDCCAT6gAwIBAgIUEjTy2Pf/KbVeO2RLcIIlVXRmAUAwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKY2FjaGUudGVzdDAgFw0yNjExMzAxMjE0MjVaGA8yMTI2MTEw
NjEyMTQyNVowFTETMBEGA1UEAwwKY2FjaGUudGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABAZXZkfeWMi19lN2wHtAK33cqaa6XVe92YhjShtwRdOLORBK2vyy
qDoVEHmRUrH3MKGPH4xguE7Jf+EAY6/plxGjajBoMB0GA1UdDgQWBBRYvQwtQATJ
RwFF/JUAuM5lY4UTkDAfBgNVHSMEGDAWgBRYvQwtQATJRwFF/JUAuM5lY4UTkDAP
BgNVHRMBAf8EBTADAQH/MBUGA1UdEQQOMAyCCmNhY2hlLnRlc3QwCgYIKoZIzj0E
AwIDSAAwRQIhAOiQEbfrX2D7TL6h7MytIecF2aL2mZw5XnHWNsacHgueAiA/bkzg
FpafnIicTgaBVT8uQjACSDc1WHtdbPcB6KEh6Q==
-----END CERTIFICATE-----
`;

/**
 * The file of names that config renders for upstreams with these keys. The first one is the default
 * registry. `hub` is an alias of `docker.io`.
 */
export function describeNames(keys: readonly string[]): object {
  const upstreams = keys.map((key) => {
    const host = key.split('/')[0] ?? '';
    const prefixes = key === 'docker.io' ? [key, 'hub'] : [key];
    return { id: key.replaceAll(/[/:]/g, '_'), key, host, prefixes };
  });
  return {
    ...{ upstreams, hosted: [], hostNames: {}, onDemandKeys: [], defaultRegistry: keys[0] },
    settings: { ON_DEMAND_REGISTRIES: [], OFFLINE: false },
    leaf: LEAF,
  };
}
