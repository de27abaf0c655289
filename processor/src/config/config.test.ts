import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configTable, formatProblem, parseConfig } from './config.ts';

const whole = `
receivers:
  otlp:
    protocols:
      http: { endpoint: 127.0.0.1:4318, max_request_body_size: 20MiB }
      grpc: { endpoint: 127.0.0.1:4317 }
admin: { endpoint: 127.0.0.1:9464 }
store: { sqlite: { path: warmspare.db } }
exporters:
  otlp: { endpoint: http://collector:4318, protocol: http/protobuf, interval: 15s }
defaults: { max_age: 7d, max_failover: 10s }
chains:
  - name: summarize-ticket
    service: support-api
    max_age: 24h
    targets:
      - { name: gpt-5, type: primary, match: { gen_ai.request.model: gpt-5* } }
      - { name: claude-haiku, type: fallback, match: { gen_ai.request.model: claude-haiku-* },
          max_latency: 20s, max_cost: 0.05 USD,
          limits: { p95_latency: 8s, cost_per_hour: 40 USD, tokens_per_minute: 200000 } }
      - { name: last-answer, type: cache, max_cache_age: 1h }
      - { name: keyword-rules, type: heuristic }
`;

const CASES = new URL('../../../test/fixtures/cases/config/', import.meta.url);

function problemsOf(text: string, env: Record<string, string> = {}): string[] {
  return (parseConfig(text, env).problems ?? []).map((problem) => formatProblem('w.yaml', problem));
}

function configOf(text: string, env: Record<string, string> = {}) {
  const { config, problems } = parseConfig(text, env);
  if (config === undefined) throw new Error(problems.map((problem) => formatProblem('w.yaml', problem)).join('\n'));
  return config;
}

describe('a configuration', () => {
  it('is read whole, with its units', () => {
    const config = configOf(whole);
    expect(config.http).toMatchObject({
      endpoint: { host: '127.0.0.1', port: 4318 },
      maxRequestBodySize: 20 * 1024 ** 2,
    });
    expect(config.exporter).toMatchObject({
      endpoint: 'http://collector:4318',
      interval: 15,
      temporality: 'cumulative',
    });
    const [chain] = config.policies.chains;
    expect(chain).toMatchObject({
      name: 'summarize-ticket',
      service: 'support-api',
      namespace: undefined,
      maxAge: 86_400,
    });
    expect(chain?.targets[1]).toMatchObject({
      maxAge: 86_400,
      maxFailover: 10,
      maxLatency: 20,
      maxCost: { amount: 0.05, currency: 'USD' },
      limits: { p95Latency: 8, costPerHour: { amount: 40, currency: 'USD' }, tokensPerMinute: 200_000 },
      match: { 'gen_ai.request.model': 'claude-haiku-*' },
    });
    expect(chain?.targets[2]).toMatchObject({ maxCacheAge: 3600 });
  });

  it('may be empty, and then has every default', () => {
    const config = configOf('# nothing yet\n');
    expect(config.http?.endpoint.port).toBe(4318);
    expect(config.grpc?.endpoint.port).toBe(4317);
    expect(config.admin.endpoint).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(config.store.path).toBe('warmspare.db');
    expect(config.exporter).toBeUndefined();
    expect(config.policies.defaults).toEqual({
      maxAge: 604_800,
      maxCacheAge: undefined,
      maxFailover: 10,
      counts: ['organic', 'drill', 'shadow'],
      sampling: 'unknown',
      retireAfter: 604_800,
    });
  });

  it('lets the nearest policy win: the target, then the chain, then the defaults', () => {
    const { policies } = configOf(`
defaults: { max_age: 3d, max_failover: 1s, counts: [drill] }
chains:
  - { name: c, max_age: 2d, targets: [ { name: p, type: primary }, { name: a, type: fallback, max_age: 1d }, { name: b, type: fallback } ] }
`);
    const [, a, b] = policies.chains[0]?.targets ?? [];
    expect([a?.maxAge, b?.maxAge, b?.maxFailover, b?.counts]).toEqual([86_400, 172_800, 1, ['drill']]);
  });

  it('binds tokens to services beside a file of tokens that may write all', () => {
    const auth = "{ token_file: all, tokens: [{ file: support, services: ['support-*', shop/desk] }] }";
    const { grpc, admin } = configOf(`receivers: { otlp: { protocols: { grpc: { auth: ${auth} } } } }`);
    expect(grpc?.tokenFiles).toEqual([
      { key: 'auth.token_file', path: 'all', services: undefined },
      { key: 'auth.tokens[0].file', path: 'support', services: ['support-*', 'shop/desk'] },
    ]);
    expect(admin.tokenFiles).toEqual([]);
  });

  it.each([
    ['{}', 'names no token'],
    ['{ tokens: [] }', 'names no token'],
    ['{ tokens: [{ file: t, services: [] }] }', 'lets its tokens write nothing'],
    ['{ tokens: [{ services: [a] }] }', 'receivers.otlp.protocols.http.auth.tokens[0].file'],
    ['{ tokens: [{ file: t }] }', 'receivers.otlp.protocols.http.auth.tokens[0].services'],
    ['{ tokenfile: t }', 'token_file'],
  ])('refuses auth: %s', (auth, problem) => {
    const { problems } = parseConfig(`receivers: { otlp: { protocols: { http: { auth: ${auth} } } } }`, {});
    expect(problems?.map((each) => formatProblem('w.yaml', each)).join()).toContain(problem);
  });

  it('has an exclude beside a match, in the same form', () => {
    const { policies } = configOf(readFileSync(new URL('exclude.yaml', CASES), 'utf8'));
    const [p, f] = policies.chains[0]?.targets ?? [];
    expect([p?.exclude, f?.exclude]).toEqual([undefined, { 'metadata.user_api_key_alias': 'loadtest-*' }]);
  });

  it('serves only the protocols that are named once any is', () => {
    const config = configOf('receivers: { otlp: { protocols: { http: } } }');
    expect(config.http?.endpoint.port).toBe(4318);
    expect(config.grpc).toBeUndefined();
  });

  it('takes the temporality from the environment where the key is left out', () => {
    const text = 'exporters: { otlp: { endpoint: http://c:4318 } }';
    const env = { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta' };
    expect(configOf(text, env).exporter?.temporality).toBe('delta');
    expect(configOf(text.replace(' }', ', temporality: cumulative }'), env).exporter?.temporality).toBe('cumulative');
  });
});

describe('environment variables', () => {
  it.each([
    ['a variable', `store: { sqlite: { path: "\${env:DIR}/w.db" } }`, '/var/w.db'],
    ['a default', `store: { sqlite: { path: "\${env:NONE:-/tmp/x}/w.db" } }`, '/tmp/x/w.db'],
    ['the short form', `store: { sqlite: { path: "\${DIR}.db" } }`, '/var.db'],
    ['a dollar sign', 'store: { sqlite: { path: "$$HOME.db" } }', '$HOME.db'],
    ['an escaped reference', `store: { sqlite: { path: "$$\{env:DIR}" } }`, `\${env:DIR}`],
    ['a dollar sign alone', 'store: { sqlite: { path: "a$b" } }', 'a$b'],
  ])('expand: %s', (_, text, path) => {
    expect(configOf(text, { DIR: '/var' }).store.path).toBe(path);
  });

  it('keep the type of what they hold where they are the whole value', () => {
    const text = `admin: { endpoint: 0.0.0.0:9464, insecure: "x" }`.replace('"x"', `\n    \${env:OPEN}\n  `);
    expect(problemsOf(text, { OPEN: 'true' })[0]).toMatch(/not valid YAML/);
    expect(
      configOf(`admin:\n  endpoint: 0.0.0.0:9464\n  insecure: \${env:OPEN}`, { OPEN: 'true' }).admin.insecure,
    ).toBe(true);
  });

  it('are reported where they are not set and have no default', () => {
    expect(problemsOf(`store:\n  sqlite:\n    path: \${env:NONE}`)).toEqual([
      `w.yaml:3:11  "\${env:NONE}" refers to NONE, which is not set; set it, or give a default: \${env:NONE:-default}`,
    ]);
  });
});

describe('problems', () => {
  it('are all reported at once, each with its path, its place and its remedy', () => {
    const problems = problemsOf(`
admin: { endpoint: "9464" }
defaults: { max_agee: 7d, max_failover: 10 }
chains:
  - name: c
    targets:
      - { name: p, type: primari }
      - { name: f, type: fallback, max_cost: 0.05 }
`);
    expect(problems).toEqual([
      'w.yaml:2:20  admin.endpoint: "9464" is not an address to listen on; write host:port without a scheme, for example 127.0.0.1:4318, or [::1]:4318 for IPv6',
      'w.yaml:3:13  defaults.max_agee: is not a known key; did you mean max_age?',
      'w.yaml:3:41  defaults.max_failover: "10" is a duration without a unit; write a number and a unit of ms, s, m, h, d or w, for example 15s, 24h or 7d',
      'w.yaml:7:26  chains[0].targets[0].type: "primari" is not one of the known values; write one of primary, fallback, cache, heuristic; did you mean primary?',
      'w.yaml:8:46  chains[0].targets[1].max_cost: "0.05" is an amount without a currency; write an amount and an ISO 4217 currency code, for example 0.05 USD',
    ]);
  });

  it.each([
    ['an unknown section', 'recievers: {}', 'w.yaml:1:1  recievers: is not a known key; did you mean receivers?'],
    [
      'a key far from any',
      'foo: 1',
      'foo: is not a known key; remove it; known here: receivers, admin, store, exporters, defaults, chains',
    ],
    [
      'a missing name',
      'chains: [ { targets: [ { name: p, type: primary }, { name: f, type: cache } ] } ]',
      'chains[0].name: is missing',
    ],
    ['a missing URL', 'exporters: { otlp: {} }', 'exporters.otlp.endpoint: is missing'],
    ['a list for a map', 'admin: [1]', 'admin: "[1]" is not a map of keys'],
    ['a database in memory', 'store: { sqlite: { path: ":memory:" } }', 'store.sqlite.path: ":memory:" names no file'],
    ['a URI for a file', 'store: { sqlite: { path: "file:a.db" } }', 'store.sqlite.path: "file:a.db" names no file'],
    ['a map for a value', 'store: { sqlite: { path: { a: 1 } } }', 'store.sqlite.path: "{\\"a\\":1}" is a map'],
    ['broken YAML', 'chains: [', 'is not valid YAML'],
    ['a key twice', 'admin: {}\nadmin: {}', 'w.yaml:2:1  is not valid YAML: Map keys must be unique'],
    ['an unknown currency', chainWith('max_cost: 1 ZZZ'), 'has an unknown currency, ZZZ'],
    ['a cache key on a fallback', chainWith('max_cache_age: 1h'), 'max_cache_age: "1h" means nothing for a fallback'],
    [
      'a port taken twice',
      'admin: { endpoint: 127.0.0.1:4318 }',
      'is the address of receivers.otlp.protocols.http too',
    ],
    [
      'an open address',
      'admin: { endpoint: 0.0.0.0:9464 }',
      'can be reached from other machines without TLS and without a token',
    ],
    [
      'a chain without a fallback',
      'chains: [ { name: c, targets: [ { name: p, type: primary } ] } ]',
      'has no fallback',
    ],
    [
      'a target twice',
      'chains: [ { name: c, targets: [ { name: p, type: primary }, { name: p, type: cache } ] } ]',
      'names two targets',
    ],
    [
      'a second primary',
      'chains: [ { name: c, targets: [ { name: p, type: primary }, { name: q, type: primary } ] } ]',
      'makes a second primary',
    ],
    [
      'a primary that is not first',
      'chains: [ { name: c, targets: [ { name: p, type: cache }, { name: q, type: cache } ] } ]',
      'list the primary first',
    ],
    ['credentials in a URL', 'exporters: { otlp: { endpoint: "http://u:p@c:4318" } }', 'carries credentials'],
    ['a second document', 'admin: {}\n---\nadmin: {}', 'w.yaml:2:1  begins a second document'],
    [
      'aliases that grow into gigabytes',
      'a: &a [1]\nb: &b [*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c]\ne: [*d,*d,*d]',
      'is not valid YAML: Excessive alias count',
    ],
    [
      'a header of two lines',
      'exporters: { otlp: { endpoint: "http://c", headers: { a: "b\\nc" } } }',
      'cannot be sent as a header',
    ],
    [
      'a header name with a space',
      'exporters: { otlp: { endpoint: "http://c", headers: { "a b": c } } }',
      'headers["a b"]: is not a header name',
    ],
    [
      'an interval that floods',
      'exporters: { otlp: { endpoint: "http://c", interval: 10ms } }',
      '"10ms" is out of range; write between 1s and 24h',
    ],
    [
      'an interval past what a timer can',
      'exporters: { otlp: { endpoint: "http://c", interval: 30d } }',
      '"30d" is out of range',
    ],
    ['a timeout past reason', 'exporters: { otlp: { endpoint: "http://c", timeout: 1h } }', '"1h" is out of range'],
    ['counts of nothing', 'defaults: { counts: [] }', 'defaults.counts: "[]" lets nothing count'],
    ['counts of nothing in a target', chainWith('counts: []'), 'chains[0].targets[1].counts: "[]" lets nothing count'],
    ['a match of everything', chainWith('match: {}'), 'chains[0].targets[1].match: "{}" would match every span'],
    ['an exclude of everything', chainWith('match: { a: b }, exclude: {}'), 'exclude: "{}" would leave out every span'],
    [
      'an exclude of nothing',
      chainWith('exclude: { a: b }'),
      'chains[0].targets[1].exclude: "{\\"a\\":\\"b\\"}" leaves nothing out without match; add match: beside it',
    ],
    ['an empty glob', chainWith('match: { a: b }, exclude: { a: "" }'), 'chains[0].targets[1].exclude.a: is empty'],
    [
      'a glob that is longer than what it is held against',
      chainWith(`match: { a: ${'x'.repeat(1025)} }`),
      'could never match; values are compared on 1024 characters',
    ],
    [
      'a health check that would count as an exercise',
      'defaults: { counts: [organic, probe] }',
      'w.yaml:1:31  defaults.counts[1]: "probe" proves only that a model answers, so it cannot count as an exercise; leave it out: ',
    ],
    [
      'a kind that nobody knows',
      chainWith('counts: [organik]'),
      'counts[0]: "organik" is not one of the known values; write one of organic, drill, shadow; did you mean organic?',
    ],
    ['a foreign reference', `store: { sqlite: { path: "\${file:/etc/x}" } }`, 'cannot be expanded'],
  ])('name %s', (_, text, expected) => {
    expect(problemsOf(text).join('\n')).toContain(expected);
  });

  it('name a chain that is configured twice for the same services', () => {
    const chain = (more: string) =>
      `  - { name: c, ${more} targets: [ { name: p, type: primary }, { name: f, type: cache } ] }\n`;
    expect(problemsOf(`chains:\n${chain('')}${chain('')}`)).toHaveLength(1);
    expect(problemsOf(`chains:\n${chain('service: a,')}${chain('service: b,')}`)).toEqual([]);
  });
});

function chainWith(more: string): string {
  return `chains: [ { name: c, targets: [ { name: p, type: primary }, { name: f, type: fallback, ${more} } ] } ]`;
}

describe('messages', () => {
  const secrets = { TOKEN: 'hunter2-secret', URL: 'not a url hunter2', DATABASE: 'http://user:hunter2@host' };
  it.each([
    ['a value', 'admin: { endpoint: "${env:TOKEN}" }', '${env:TOKEN}'],
    ['part of a value', 'admin: { endpoint: "x-${env:TOKEN}-y" }', 'x-${env:TOKEN}-y'],
    ['an exporter', 'exporters: { otlp: { endpoint: "${env:URL}" } }', '${env:URL}'],
    ['a value in a map', 'admin: { endpoint: { a: "${env:TOKEN}" } }', '${env:TOKEN}'],
  ])('never repeat what came from the environment: %s', (_, yaml, written) => {
    const { problems = [], redact } = parseConfig(yaml, secrets);
    const text = problems.map((problem) => redact(formatProblem('w.yaml', problem))).join('\n');
    expect(text).toContain(written);
    expect(text).not.toContain('hunter2');
  });

  it('never repeat the user of a URL', () => {
    const { problems = [] } = parseConfig('admin: { endpoint: "http://user:hunter2@host" }', {});
    const text = problems.map((problem) => formatProblem('w.yaml', problem)).join('\n');
    expect(text).toContain('http://***@host');
    expect(text).not.toContain('hunter2');
  });

  it('say that a variable which only every object has is not set', () => {
    const { problems = [] } = parseConfig('admin: { endpoint: "${env:toString}" }', {});
    expect(problems).toMatchObject([{ message: 'refers to toString, which is not set' }]);
  });

  it('say where an anchor is part of itself', () => {
    const { problems = [] } = parseConfig('defaults: {}\nchains: &all\n  - name: a\n    targets: *all\n', {});
    expect(problems).toMatchObject([{ line: 4, column: 14, message: 'refers to what it is part of' }]);
  });
});

describe('the examples', () => {
  it.each(['systemd', 'container'])('have a configuration without a problem: %s', (name) => {
    const text = readFileSync(new URL(`../../../examples/${name}/warmspare.yaml`, import.meta.url), 'utf8');
    expect(problemsOf(text)).toEqual([]);
  });
});

describe('fields that are wrong and parts that contradict each other', () => {
  const two = 'targets: [ { name: p, type: primary }, { name: f, type: fallback } ]';
  it.each([
    [
      'an unknown key, and a chain without a fallback',
      'chains:\n  - { name: a, colour: red, targets: [ { name: p, type: primary } ] }',
      ['chains[0].colour: is not a known key', 'chains[0].targets: '],
    ],
    [
      'a wrong duration, and a chain that is configured twice',
      `chains:\n  - { name: a, max_age: soon, ${two} }\n  - { name: a, ${two} }`,
      ['chains[0].max_age: ', 'chains[1].name: "a" is configured already in chains[0]'],
    ],
    [
      'a target without a name, and a second primary',
      'chains:\n  - name: a\n    targets:\n      - { name: p, type: primary }\n      - { type: fallback }\n      - { name: q, type: primary }',
      ['chains[0].targets[1].name: is missing', 'chains[0].targets[2].type: "primary" makes a second primary'],
    ],
    [
      'a wrong endpoint, and another one that is open to the network',
      'admin: { endpoint: 9464 }\nreceivers: { otlp: { protocols: { http: { endpoint: 0.0.0.0:4318 } } } }',
      ['admin.endpoint: ', 'receivers.otlp.protocols.http.endpoint: "0.0.0.0:4318" can be reached'],
    ],
    [
      'targets that are no list, and an interval out of range',
      'exporters: { otlp: { endpoint: http://c:4318, interval: 1ms } }\nchains: [ { name: a, targets: none } ]',
      ['exporters.otlp.interval: "1ms" is out of range', 'chains[0].targets: "none" is not a list'],
    ],
    [
      'a kind that does not count, of which nothing more is said',
      `defaults: { counts: [probe] }\nchains: [ { name: a, ${two} } ]`,
      ['defaults.counts[0]: '],
    ],
  ])('are told in one pass: %s', (_, text, expected) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(expected.length);
    for (const [index, part] of expected.entries()) expect(problems[index]).toContain(part);
  });
});

describe('the configuration table', () => {
  it('has a row for every key that a configuration may hold', () => {
    const table = configTable();
    expect(table).toContain('| `receivers.otlp.protocols.http.endpoint` | host:port | `127.0.0.1:4318` |');
    expect(table).toContain('| `chains[].targets[].limits.tokens_per_minute` | number |');
    const rows = table.split('\n').map((row) => row.split(' | ')[0]);
    expect(new Set(rows).size).toBe(rows.length);
  });

  it('is the one in the README (npm run generate writes it)', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const [, generated] =
      /<!-- generated:configuration -->\n([\s\S]*?)<!-- \/generated:configuration -->/.exec(readme) ?? [];
    expect(generated?.trim()).toBe(configTable());
  });
});

describe('the store', () => {
  const URL_OF_IT = 'postgres://bob:hunter2@db.internal/evidence';

  it('is a database where one is named, with a schema and a pool', () => {
    const { store } = configOf('store: { postgres: { url: "${env:DB}" } }', { DB: URL_OF_IT });
    expect(store).toEqual({ postgres: { url: URL_OF_IT, schema: 'warmspare', pool: 4 } });
  });

  it.each([
    ['store: { sqlite: {}, postgres: { url: "${env:DB}" } }', 'store.postgres', 'is a second store'],
    ['store: { postgres: {} }', 'store.postgres.url', 'is missing'],
    ['store: { postgres: { url: "${env:DB}x?sslmode=on" } }', 'store.postgres.url', 'has an unknown sslmode'],
    ['store: { postgres: { url: "mysql://bob:hunter2@db.internal/x" } }', 'store.postgres.url', 'is not the URL'],
    ['store: { postgres: { url: "${env:DB}", schema: Public } }', 'store.postgres.schema', 'is not the name'],
    ['store: { postgres: { url: "${env:DB}", pool: 0 } }', 'store.postgres.pool', 'is not a number of connections'],
  ])('of %s is refused without a word of its URL', (text, path, message) => {
    const problems = parseConfig(text, { DB: URL_OF_IT }).problems ?? [];
    expect(problems).toMatchObject([{ path, message: expect.stringContaining(message) }]);
    expect(JSON.stringify(problems)).not.toMatch(/bob|hunter2|db\.internal/);
  });
});
