/** Every case and every capture, changed in many ways: what nobody knows, and what is missing, never gives a target credit. */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ATTR_GEN_AI_REQUEST_MODEL } from '@warmspare/semconv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJsonReader } from '../receive/json.ts';
import { spansIn } from '../testdata/cases.ts';
import { type Change, type Credit, creditsOf, type Input, withValue } from '../testdata/variants.ts';
import { NO_CHAINS, policy, start } from '../testdata/world.ts';
import type { Policies } from '../types/policy.ts';
import type { Span } from '../types/span.ts';

const ROOT = fileURLToPath(new URL('../../../test/fixtures/cases/', import.meta.url));
const ENDING = /(?:\.\d{3})?(?:\.otlp)?\.(?:json|pb)(?:\.gz)?$/;

/** The requests of one case or capture, but for those that no reader takes. */
const INPUTS: readonly (readonly [string, readonly string[]])[] = [
  ...Map.groupBy(
    globSync(['otlp/*', 'gateways/*', '../*@*/*.otlp.pb'], { cwd: ROOT })
      .filter((file) => !/\/enc-|hex-text/.test(file))
      .sort(),
    (file) => `${basename(dirname(file))}/${basename(file).replace(ENDING, '')}`,
  ),
];

/** A rule for each model of the inputs, and a cache's. */
function claiming(): Policies {
  const [primary, fallback, cache] = policy().targets;
  if (!primary || !fallback || !cache) throw new Error('three targets wanted');
  const of = (name: string, model: string) => ({ ...fallback, name, match: { [ATTR_GEN_AI_REQUEST_MODEL]: model } });
  const first = { ...primary, match: { [ATTR_GEN_AI_REQUEST_MODEL]: 'gpt-5*' } };
  const last = { ...cache, match: { 'span.name': 'cache*' } };
  const targets = [first, of('f', 'fb-*'), of('mini', 'gpt-4*'), of('claude', '*claude-*'), of('o3', 'o3*'), last];
  return { defaults: policy(), chains: [policy({ targets })] };
}
const CONFIGS = [
  ['without configuration', NO_CHAINS],
  ['with rules', claiming()],
] as const;

const FINISH_REASONS = [
  'gen_ai.response.finish_reasons',
  'gen_ai.completion.0.finish_reason',
  'llm.response.finish_reason',
  'llm.finish_reason',
  'ai.response.finishReason',
  'ai.finishReason',
];
const ERRORS = ['error.type', 'exception.type'];
const OPERATIONS = [
  'gen_ai.operation.name',
  'ai.operationId',
  'llm.request.type',
  'openinference.span.kind',
  'traceloop.span.kind',
  'langfuse.observation.type',
];
const OURS = [
  'llm_fallback.call.outcome',
  'llm_fallback.chain.outcome',
  'llm_fallback.exercise.kind',
  'llm_fallback.route.source',
  'llm_fallback.route.type',
  'llm_fallback.schema.validity',
  'llm_fallback.trigger.reason',
];

/** Without these a span says less against a target than it did: it is no evidence of success that goes with them. */
const DENYING: ReadonlySet<string> = new Set([
  // How a call ended.
  ...FINISH_REASONS,
  ...ERRORS,
  'llm_fallback.call.outcome',
  'llm_fallback.schema.validity',
  'langfuse.observation.level',
  // What was asked for and what came, by which an output is judged.
  'ai.schema',
  'gen_ai.output.messages',
  'llm.invocation_parameters',
  'llm.output_messages.0.message.content',
  'model_request_parameters',
  'output.value',
  // That two calls do two jobs.
  'ai.telemetry.functionId',
  'gen_ai.output.type',
  'llm_fallback.prompt.fingerprint',
  'traceloop.workflow.name',
  // That a failed span is a call, or one around calls, and says how they ended.
  'ai.operationId',
  'pydantic_ai.model_request.attempt',
  // What was asked for, which rules are held against: the model that served stands in for it.
  ATTR_GEN_AI_REQUEST_MODEL,
  // A list in which two targets have one name.
  'llm_fallback.chain.target.names',
  'llm_fallback.chain.target.types',
]);

const NAMES = (await start({ policies: claiming() })).pipeline.keys.names;
const STATUS_ERROR = 2;

const failed = ({ statusCode, exceptionType }: Span): boolean =>
  statusCode === STATUS_ERROR || exceptionType !== undefined;

function* unknownWords({ spans, slot }: Input): Generator<Change> {
  for (const [index, span] of spans.entries()) {
    const change = (what: string, changed: Partial<Span>): Change => [
      `${what} of ${span.name}`,
      () => spans.with(index, { ...span, ...changed }),
    ];
    for (const key of [...FINISH_REASONS, ...ERRORS, ...OPERATIONS, ...OURS]) {
      const value = span.values[slot(key)];
      if (value === undefined) continue;
      const word = key === 'ai.operationId' ? 'ai.generateText.doPonder' : 'ponder_deeply';
      yield change(`${key} ${word}`, withValue(span, slot(key), Array.isArray(value) ? [word] : word));
      const more = Array.isArray(value) ? [...value, word] : `${value}_${word}`;
      yield change(`${key} ${more}`, withValue(span, slot(key), more));
    }
    if (span.exceptionType !== undefined) yield change('exception', { exceptionType: 'PonderousError' });
    if (span.statusCode > 0) yield change('status', { statusCode: 7 });
  }
}

/** A span that failed is what keeps others from being credited. */
function* missingSpans({ spans }: Input): Generator<Change> {
  for (const [index, span] of spans.entries()) {
    if (!failed(span)) yield [`span ${span.name}`, () => spans.toSpliced(index, 1)];
  }
}

function* missingAttributes({ spans }: Input): Generator<Change> {
  for (const [index, span] of spans.entries()) {
    for (const [slot, value] of span.values.entries()) {
      const name = NAMES[slot] ?? '';
      if (value !== undefined && !DENYING.has(name)) {
        yield [`${name} of ${span.name}`, () => spans.with(index, withValue(span, slot, undefined))];
      }
    }
  }
}

const KINDS = [unknownWords, missingSpans, missingAttributes];

/** More successes, or one of a target and by a span that none had before. Several spans may tell of one call, and targets be named anew. */
function isMore(after: Credit, before: Credit): boolean {
  if (after.successes > before.successes) return true;
  const known = new Set(before.spans.values());
  return [...after.spans].some(([target, span]) => !before.spans.has(target) && !known.has(span));
}

it('there are inputs enough', () => {
  expect(INPUTS.length).toBeGreaterThan(130);
});

it('an attribute that nobody knows is not read, however much its name looks like one that is', async () => {
  const { pipeline } = await start({ policies: claiming() });
  const unknown = [...FINISH_REASONS, ...OPERATIONS, ...OURS]
    .flatMap((name) => [`${name}s`, `x.${name}`, name.toUpperCase(), name.replaceAll('.', '_')])
    .filter((name) => !pipeline.keys.names.includes(name))
    .map((key) => ({ key, value: { stringValue: 'success' } }));
  const read = (body: string): unknown => spansIn(body, createJsonReader(pipeline.keys));
  for (const file of INPUTS.flatMap(([, files]) => files.filter((each) => each.endsWith('.json')))) {
    const body = readFileSync(ROOT + file, 'utf8');
    const more = JSON.parse(body, (key, value) => (key === 'attributes' ? [...unknown, ...value] : value));
    expect(read(JSON.stringify(more)), file).toEqual(read(body));
  }
});

describe.each(CONFIGS)('%s', { timeout: 120_000 }, (_, policies) => {
  it.each([
    ['a word that nobody knows', unknownWords],
    ['a span that is missing', missingSpans],
    ['an attribute that is missing', missingAttributes],
  ])('%s gives no target credit', async (_what, vary) => {
    const more: string[] = [];
    for (const [name, files] of INPUTS) {
      await creditsOf(files, policies, vary, (change, after, before) => {
        if (isMore(after, before)) more.push(`${name}: ${change}`);
      });
    }
    expect(more).toEqual([]);
  });

  it('nor do many of them at once', async () => {
    const choices = fc.array(fc.nat(), { minLength: 2, maxLength: 6 });
    const all = fc.array(choices, { minLength: 20, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...INPUTS), all, async ([name, files], some) => {
        const vary = (input: Input) => some.map((each) => inTurn(input, each));
        await creditsOf(files, policies, vary, (change, after, before) => {
          expect(isMore(after, before), `${name}: ${change}`).toBe(false);
        });
      }),
      { numRuns: 40 },
    );
  });
});

/** One change after the other, each chosen by a number. */
function inTurn(input: Input, choices: readonly number[]): Change {
  const done: string[] = [];
  let { spans } = input;
  for (const choice of choices) {
    const kind = KINDS[choice % KINDS.length] ?? unknownWords;
    const changes = [...kind({ ...input, spans })];
    const [what, changed] = changes[Math.floor(choice / KINDS.length) % changes.length] ?? ['nothing', () => spans];
    done.push(what);
    spans = changed();
  }
  return [done.join(', '), () => spans];
}
