/** The manifests of the examples, read as Kubernetes, Compose and Prometheus read them, and held against each other. */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const run = promisify(execFile);
const READER = fileURLToPath(new URL('.servers/manifests', import.meta.url));
const WARMSPARE = fileURLToPath(new URL('../../processor/bin/warmspare.js', import.meta.url));
const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const KUBERNETES = join(EXAMPLES, 'kubernetes/warmspare.yaml');
const OPERATOR = join(EXAMPLES, 'kubernetes/prometheus-operator.yaml');
const COMPOSE = join(EXAMPLES, 'compose/compose.yaml');

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-manifests-'));
  open.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

interface Port {
  readonly name: string;
  readonly port: number | string;
  readonly targetPort: string;
  readonly containerPort: number;
}

interface Monitor {
  readonly spec: {
    readonly selector: { readonly matchLabels: unknown };
    readonly endpoints: readonly { readonly port: string }[];
  };
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly labels: unknown };
  readonly data: Readonly<Record<string, string>>;
  readonly spec: {
    readonly ports: readonly Port[];
    readonly selector: unknown;
    readonly ingress: readonly { readonly ports: readonly Port[] }[];
    readonly template: {
      readonly metadata: { readonly labels: unknown };
      readonly spec: { readonly containers: readonly { readonly ports: readonly Port[] }[] };
    };
  };
}

async function manifest(kind: string): Promise<Manifest> {
  const documents = parseAllDocuments(await readFile(KUBERNETES, 'utf8')).map((each) => each.toJS() as Manifest);
  const found = documents.find((each) => each.kind === kind);
  if (!found) throw new Error(`no ${kind}`);
  return found;
}

test('Kubernetes knows every kind and every field', async () => {
  const { stdout } = await run(READER, ['-kubernetes', KUBERNETES]);
  expect(stdout.trim().split('\n')).toEqual(['ConfigMap', 'Service', 'StatefulSet', 'NetworkPolicy']);
});

test("the Prometheus Operator knows every kind and every field, and finds the service's port", async () => {
  const { stdout } = await run(READER, ['-kubernetes', OPERATOR]);
  expect(stdout.trim().split('\n')).toEqual(['ServiceMonitor', 'PrometheusRule']);
  const [monitor] = parseAllDocuments(await readFile(OPERATOR, 'utf8')).map((each) => each.toJS() as Monitor);
  const service = await manifest('Service');
  expect(monitor?.spec.selector.matchLabels).toEqual(service.metadata.labels);
  expect(service.spec.ports.map(({ name }) => name)).toContain(monitor?.spec.endpoints[0]?.port);
});

test('a field that Kubernetes does not know is refused', async () => {
  const wrong = join(await temporary(), 'wrong.yaml');
  await writeFile(wrong, (await readFile(KUBERNETES, 'utf8')).replace('replicas: 1', 'replica: 1'));
  await expect(run(READER, ['-kubernetes', wrong])).rejects.toThrow(/unknown field.*replica/);
});

test('service, policy and probes name ports that the container has, and the service selects the pod', async () => {
  const [service, stateful, policy] = await Promise.all(['Service', 'StatefulSet', 'NetworkPolicy'].map(manifest));
  const container = stateful?.spec.template.spec.containers[0];
  const ports = container?.ports.map(({ name }) => name) ?? [];
  expect(service?.spec.ports.map(({ targetPort }) => targetPort)).toEqual(ports);
  expect(service?.spec.ports.map(({ port }) => port)).toEqual(
    container?.ports.map(({ containerPort }) => containerPort),
  );
  expect(policy?.spec.ingress.flatMap((rule) => rule.ports).map(({ port }) => port)).toEqual(ports);
  expect(JSON.stringify(container)).toMatch(/"path":"\/readyz","port":"admin"/);
  expect(service?.spec.selector).toEqual(stateful?.spec.template.metadata.labels);
});

test('the service takes the configuration of the ConfigMap', async () => {
  const file = join(await temporary(), 'warmspare.yaml');
  await writeFile(file, (await manifest('ConfigMap')).data['warmspare.yaml'] ?? '');
  await run(process.execPath, [WARMSPARE, 'check-config', file]);
});

test('the service takes the configuration with a token that the text shows', async () => {
  const directory = await temporary();
  const readme = await readFile(join(EXAMPLES, 'kubernetes/README.md'), 'utf8');
  const [, text = ''] = /```yaml\n(# warmspare.yaml, in the ConfigMap\n[\s\S]*?)```/.exec(readme) ?? [];
  const token = join(directory, 'token');
  await writeFile(token, 'a-token-of-a-test');
  await writeFile(join(directory, 'warmspare.yaml'), text.replaceAll('/etc/warmspare-token/token', token));
  await run(process.execPath, [WARMSPARE, 'check-config', join(directory, 'warmspare.yaml')]);
  await writeFile(join(directory, 'bare.yaml'), text.replaceAll(/, auth: \{[^}]*\}/g, ''));
  await expect(run(process.execPath, [WARMSPARE, 'check-config', join(directory, 'bare.yaml')])).rejects.toThrow();
});

test('Compose takes its file, and every file that it mounts is there', async () => {
  const { stdout } = await run(READER, ['-compose', COMPOSE]);
  expect(stdout.trim().split('\n')).toEqual(['alertmanager', 'grafana', 'prometheus', 'warmspare']);
  const { services } = parse(await readFile(COMPOSE, 'utf8')) as {
    services: Record<string, { volumes: readonly string[] }>;
  };
  for (const volume of Object.values(services).flatMap(({ volumes }) => volumes)) {
    const [source = ''] = volume.split(':');
    if (source.startsWith('.')) await readFile(join(EXAMPLES, 'compose', source));
  }
});

test('kustomize takes resources that are there, and puts its image where the StatefulSet has one', async () => {
  const { resources, images } = parse(await readFile(join(EXAMPLES, 'kubernetes/kustomization.yaml'), 'utf8')) as {
    resources: readonly string[];
    images: readonly { name: string }[];
  };
  for (const file of resources) await readFile(join(EXAMPLES, 'kubernetes', file));
  for (const { name } of images)
    expect(await readFile(KUBERNETES, 'utf8')).toMatch(new RegExp(`image: ${name}(:|$)`, 'm'));
});

test('Alertmanager takes its configuration', async () => {
  const { stdout } = await run('amtool', ['check-config', join(EXAMPLES, 'compose/alertmanager.yaml')]);
  expect(stdout).toContain('SUCCESS');
});

test.each(['github', 'gitlab'])('the gate for %s runs a command that there is', async (file) => {
  const text = await readFile(join(EXAMPLES, `ci/${file}.yaml`), 'utf8');
  parse(text);
  const [, options = ''] = /warmspare status (--.*?) --url/.exec(text) ?? [];
  const { stdout } = await run(process.execPath, [WARMSPARE, 'status', '--help']);
  for (const option of options.match(/--\w+/g) ?? []) expect(stdout).toContain(option);
  expect(options).toContain('--strict');
});

test('Prometheus takes its configuration with the alerts beside it', async () => {
  const directory = await temporary();
  await copyFile(join(EXAMPLES, 'compose/prometheus.yaml'), join(directory, 'prometheus.yml'));
  await copyFile(join(EXAMPLES, 'prometheus/warmspare.rules.yaml'), join(directory, 'warmspare.rules.yaml'));
  const { stdout } = await run('promtool', ['check', 'config', join(directory, 'prometheus.yml')]);
  expect(stdout).toContain('SUCCESS');
});
