/** `warmspare drill`: signs and sends the configured request, waits for what the app tells of it, and says what each target did. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_DRILL_OUTCOME,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  BAGGAGE_DRILL,
  DRILL_FAULTS,
  DRILL_OUTCOMES,
  type DrillFaultName,
  type DrillOutcome,
  METRIC_LLM_FALLBACK_CALLS,
  METRIC_LLM_FALLBACK_DRILLS,
  MIN_DRILL_KEY,
  prometheusLabelName,
  signDrillRequest,
} from '@warmspare/semconv';
import type { DueTarget } from '../output/due.ts';
import type { ChainPolicy } from '../types/policy.ts';
import { callAdmin, DEFAULT_URL, errorOf, readMetrics } from './admin-client.ts';
import type { Options } from './command-line.ts';
import { growthOf, type Sample } from './counters.ts';
import type { ExitCode, Io } from './io.ts';
import { showProgress } from './progress.ts';
import { readConfig } from './read-config.ts';

/** Seconds for which the signed request is valid. */
const VALID_FOR = 60;

/** How often the evidence is looked for, ms. */
const EVERY = 500;

const DEFAULT_CONFIG = 'warmspare.yaml';

/** What a drill came to. */
interface Result {
  readonly id: string;
  readonly chain: string;
  readonly target: string;
  readonly fault: DrillFaultName;
  readonly outcome: DrillOutcome;
  readonly reason?: string;
  readonly http_status?: number;
  readonly trace_id: string;
  readonly targets: readonly TargetResult[];
}

interface TargetResult {
  readonly target: string;
  readonly outcome: string;
  readonly error_type?: string;
  readonly calls: number;
}

/** What is to be drilled, and how. */
interface Plan {
  readonly chain: ChainPolicy;
  readonly drill: NonNullable<ChainPolicy['drill']>;
  readonly target: string;
  readonly fault: DrillFaultName;
  /** Of the configuration, for paths in it. */
  readonly directory: string;
}

/** 0 succeeded, 1 failed, 2 anything else: blocked, inconclusive, interrupted, wrong use, unreachable. With `--due` 0 where nothing is due. */
export async function drill(options: Options, io: Io): Promise<ExitCode> {
  const wrong = (message: string): ExitCode => {
    io.stderr.write(`warmspare: ${message}\n`);
    return 2;
  };
  const key = io.env.WARMSPARE_DRILL_KEY ?? '';
  if (key.length < MIN_DRILL_KEY) {
    return wrong(`set WARMSPARE_DRILL_KEY to the key of the app, of at least ${MIN_DRILL_KEY} characters`);
  }
  const seconds = Number(options.wait ?? 60);
  if (!(seconds > 0 && seconds <= 3_600)) return wrong('--wait wants seconds, more than 0 and at most 3600');
  const plan = await planOf(options, io);
  if (plan === 'nothing is due') {
    if (options.json === true) io.stdout.write('{"outcome":"nothing_due"}\n');
    else io.stdout.write('Nothing is due.\n');
    return 0;
  }
  if (typeof plan === 'string') return wrong(plan);
  const result = await run(plan, { key, seconds, url: adminUrl(options) }, io);
  if (typeof result === 'string') return wrong(result);
  io.stdout.write(options.json === true ? `${JSON.stringify(result, null, 2)}\n` : inWords(result));
  if (result.outcome === 'succeeded') return 0;
  return result.outcome === 'failed' ? 1 : 2;
}

const adminUrl = ({ url }: Options): string => (typeof url === 'string' ? url : DEFAULT_URL);

async function planOf(options: Options, io: Io): Promise<Plan | string> {
  const { chain, target, fault, service, namespace, environment, due } = options;
  if ((typeof chain === 'string') === (due === true)) {
    return 'drill wants --chain, or --due for the target that wants it most; warmspare status lists chains';
  }
  if (fault !== undefined && !DRILL_FAULTS.some((each) => each === fault)) {
    return `there is no fault ${String(fault)}; faults are ${DRILL_FAULTS.join(', ')}`;
  }
  const file = typeof options.config === 'string' ? options.config : DEFAULT_CONFIG;
  const { config, problems } = await readConfig(file, io.env);
  if (config === undefined) return problems.join('\n');
  const drillable = config.policies.chains.filter((each) => each.drill !== undefined);
  const told = `no chain has drill: in ${file}; name its url there`;
  if (drillable.length === 0) return told;
  const directory = dirname(resolve(file));
  if (due === true) {
    const answer = await callAdmin(io, adminUrl(options), '/api/due');
    if ('unreachable' in answer) return answer.unreachable;
    if (answer.status !== 200) return errorOf(answer);
    const { targets } = answer.body as { readonly targets: readonly DueTarget[] };
    if (targets.length === 0) return 'nothing is due';
    for (const each of targets) {
      const found = drillable.find((policy) => policy.name === each.chain && isOf(policy, each));
      if (found) return planFor(found, each.target, options, directory);
    }
    return `${targets.length} targets are due, but none of a chain that has drill: in ${file}`;
  }
  const named = { service, namespace, environment };
  const found = drillable.filter((policy) => policy.name === chain && isOf(policy, named));
  const [only, ...more] = found;
  if (only === undefined) return `no chain ${String(chain)} with drill: is in ${file}`;
  if (more.length > 0)
    return `${found.length} chains are called ${only.name}; --service, --namespace or --environment picks one`;
  return planFor(only, target, options, directory);
}

function planFor(chain: ChainPolicy, target: unknown, { fault }: Options, directory: string): Plan | string {
  const name = typeof target === 'string' ? target : chain.targets[1]?.name;
  const rank = chain.targets.findIndex((each) => each.name === name);
  if (rank === 0) return `${String(name)} is the primary of ${chain.name}: a drill makes what is above its target fail`;
  if (rank < 0 || name === undefined) {
    return `${chain.name} has no target ${String(name)}; there is ${chain.targets.map((each) => each.name).join(', ')}`;
  }
  if (chain.drill === undefined) return `${chain.name} has no drill:`;
  const known = DRILL_FAULTS.find((each) => each === fault) ?? chain.drill.fault;
  return { chain, drill: chain.drill, target: name, fault: known, directory };
}

type Place = Readonly<Record<'service' | 'namespace' | 'environment', unknown>>;

/** What the configuration leaves out is anything, and so is what nobody asked for. */
function isOf(policy: ChainPolicy, wanted: Place): boolean {
  return (['service', 'namespace', 'environment'] as const).every(
    (part) => policy[part] === undefined || typeof wanted[part] !== 'string' || wanted[part] === policy[part],
  );
}

async function run(
  plan: Plan,
  { key, seconds, url }: { readonly key: string; readonly seconds: number; readonly url: string },
  io: Io,
): Promise<Result | string> {
  const before = await readMetrics(io, url);
  if ('unreachable' in before) return before.unreachable;
  const id = randomBytes(8).toString('hex');
  const traceId = randomBytes(16).toString('hex');
  const said = { id, chain: plan.chain.name, target: plan.target, fault: plan.fault, trace_id: traceId };
  const progress = showProgress(io, `drilling ${plan.target} of ${plan.chain.name}`);
  try {
    let looks = Math.ceil((seconds * 1000) / EVERY);
    const status = await send(plan, { id, traceId, key }, io, seconds);
    if (typeof status === 'string') return status;
    for (;;) {
      const after = await readMetrics(io, url);
      const found = 'unreachable' in after ? undefined : outcomeIn(before.text, after.text, plan);
      if (found !== undefined && !('unreachable' in after)) {
        return { ...said, outcome: found, http_status: status, targets: targetsIn(before.text, after.text, plan) };
      }
      looks -= 1;
      if (looks <= 0) {
        const reason = `no evidence of it came within ${seconds} s: does the app send spans here, and has it the same key?`;
        return { ...said, outcome: 'inconclusive', reason, http_status: status, targets: [] };
      }
      await new Promise((done) => setTimeout(done, EVERY));
    }
  } finally {
    progress.end();
  }
}

/** The HTTP status of the app's answer, or why there is none. Messages name the host alone: the rest of the URL may come from the environment. */
async function send(
  { drill: { url, method, bodyFile, headers }, chain, target, fault, directory }: Plan,
  { id, traceId, key }: { readonly id: string; readonly traceId: string; readonly key: string },
  io: Io,
  seconds: number,
): Promise<number | string> {
  let body: Buffer | undefined;
  if (bodyFile !== undefined) {
    try {
      body = await readFile(resolve(directory, bodyFile));
    } catch (error) {
      return `the body of the drill cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  const exp = Math.floor(io.now() / 1000) + VALID_FOR - 1;
  const entry = signDrillRequest({ id, chain: chain.name, target, fault, exp }, key);
  const sent = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...headers,
    baggage: `${BAGGAGE_DRILL}=${entry}`,
    traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
  };
  try {
    const signal = AbortSignal.timeout(seconds * 1000);
    const given = body === undefined ? {} : { body: new Uint8Array(body) };
    const response = await io.fetch(new URL(url), { method, headers: sent, signal, redirect: 'error', ...given });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    return `${new URL(url).host} cannot be reached (${code})`;
  }
}

const LABELS = {
  chain: prometheusLabelName(ATTR_LLM_FALLBACK_CHAIN_NAME),
  target: prometheusLabelName(ATTR_LLM_FALLBACK_TARGET_NAME),
  drillOutcome: prometheusLabelName(ATTR_LLM_FALLBACK_DRILL_OUTCOME),
  callOutcome: prometheusLabelName(ATTR_LLM_FALLBACK_CALL_OUTCOME),
  kind: prometheusLabelName(ATTR_LLM_FALLBACK_EXERCISE_KIND),
  errorType: prometheusLabelName(ATTR_ERROR_TYPE),
};

function outcomeIn(before: string, after: string, { chain, target }: Plan): DrillOutcome | undefined {
  const name = `${prometheusLabelName(METRIC_LLM_FALLBACK_DRILLS)}_total`;
  const grown = growthOf(before, after, name).filter(
    ({ labels }) => labels[LABELS.chain] === chain.name && labels[LABELS.target] === target,
  );
  // Beside another drill of the same target, the worse one counts.
  return WORST_FIRST.find((outcome) => grown.some(({ labels }) => labels[LABELS.drillOutcome] === outcome));
}

const WORST_FIRST: readonly DrillOutcome[] = [
  'failed',
  ...DRILL_OUTCOMES.filter((each) => each !== 'failed' && each !== 'succeeded'),
  'succeeded',
];

function targetsIn(before: string, after: string, { chain }: Plan): readonly TargetResult[] {
  const name = `${prometheusLabelName(METRIC_LLM_FALLBACK_CALLS)}_total`;
  const isOwn = ({ labels }: Sample): boolean => labels[LABELS.chain] === chain.name && labels[LABELS.kind] === 'drill';
  const grown = growthOf(before, after, name).filter(isOwn);
  return chain.targets.flatMap((target) =>
    grown
      .filter(({ labels }) => labels[LABELS.target] === target.name)
      .map(({ labels, value }) => ({
        target: target.name,
        outcome: labels[LABELS.callOutcome] ?? '',
        ...(labels[LABELS.errorType] && { error_type: labels[LABELS.errorType] }),
        calls: value,
      })),
  );
}

function inWords({
  chain,
  target,
  fault,
  outcome,
  reason,
  http_status: status,
  trace_id: trace,
  targets,
  id,
}: Result): string {
  const lines = targets.map((each) => {
    const why =
      each.error_type === undefined ? '' : ` (${each.error_type === 'drill' ? 'made to fail' : each.error_type})`;
    return `  ${each.target}  ${each.outcome}${why}`;
  });
  return `${[
    `${outcome}: ${target} of ${chain}, ${fault} above it`,
    ...(reason === undefined ? [] : [`  ${reason}`]),
    ...lines,
    `  the app answered ${status}; drill ${id}, trace ${trace}`,
  ].join('\n')}\n`;
}
