import provider from '@pulumi/pulumi/provider/index.js';

/** Of the bindings that the program makes: their inputs, all texts. */
type Binding = Readonly<Record<string, unknown>>;

const KEYS = ['serviceAccountId', 'role', 'member'];

/** A provider for Google that keeps bindings in the state of Pulumi alone. Pulumi starts it. */
const google: provider.Provider = {
  version: '9.37.0',
  async check(_urn, _olds, news: Binding) {
    const missing = KEYS.filter((key) => typeof news[key] !== 'string');
    const failures = missing.map((property) => ({ property, reason: 'a text is required' }));
    return { inputs: news, failures };
  },
  async diff(_id, _urn, olds: Binding, news: Binding) {
    const replaces = KEYS.filter((key) => olds[key] !== news[key]);
    return { changes: replaces.length > 0, replaces };
  },
  async create(_urn, inputs: Binding) {
    return { id: KEYS.map((key) => inputs[key]).join('/'), outs: inputs };
  },
  async delete() {},
};

await provider.main(google, process.argv.slice(2));
