/**
 * pydantic-ai speaks OpenTelemetry's names, and says what the output was to be in a JSON text of its own. Its FallbackModel is named after its
 * list (`fallback:a,b,c`): the agent's span names it, and a call that all targets failed. Each target that failed leaves a span below the
 * call, written when it is over, and the call is named after the model that served.
 */
import { ATTR_GEN_AI_REQUEST_MODEL } from '@warmspare/semconv';
import type { TargetName } from '../../types/evidence.ts';
import type { DeclaredChain, DeclaredOutput, Dialect } from './dialect.ts';
import { jsonObject } from './json-text.ts';
import { outputsIn } from './recorded-answer.ts';
import { fingerprintOf, remembering, rememberingAll } from './schema-text.ts';

const PARAMETERS = 'model_request_parameters';
const ATTEMPT = 'pydantic_ai.model_request.attempt';
const LIST = 'fallback:';
/** Of an agent that nobody named. */
const NO_NAME = 'agent';

export const PYDANTIC_AI: Dialect = {
  calls: [{ key: ATTEMPT, says: (attempt) => attempt !== '' }],
  aliases: {},
  held: [PARAMETERS],
  retold: [ATTEMPT],
  chains: {
    lists: ['model_name', ATTR_GEN_AI_REQUEST_MODEL],
    names: ['agent_name', 'gen_ai.agent.name'],
    read: declaredChain,
  },
  texts: [{ key: PARAMETERS, read: remembering((text) => ({ schemaFingerprint: fingerprintOf(declaredIn(text)) })) }],
  recorded: {
    asked: [PARAMETERS],
    declared: rememberingAll(([text]) => declaredIn(text)),
    answered: ['gen_ai.output.messages'],
    outputs: ([messages]) => outputsIn(messages),
  },
};

/** The parts of a list, of models or of their providers: undefined for any other name. */
export function listedIn(name: string | undefined): readonly string[] | undefined {
  if (name === undefined || !name.startsWith(LIST)) return undefined;
  const parts = name.slice(LIST.length).split(',');
  return parts.length > MAX_TARGETS || parts.includes('') ? undefined : parts;
}

const MAX_TARGETS = 16;
/** Chains that are remembered; beyond, all are forgotten, and read again: no counter tells. */
const REMEMBERED = 256;
const known = new Map<string, DeclaredChain | undefined>();

function declaredChain(list: string, agent: string | undefined): DeclaredChain | undefined {
  if (!list.startsWith(LIST)) return undefined;
  const name = agent === undefined || agent === NO_NAME ? list : agent;
  const key = `${name}\0${list}`;
  if (!known.has(key)) {
    if (known.size >= REMEMBERED) known.clear();
    const models = listedIn(list);
    known.set(key, models && { name, models, targets: distinct(models).map(targetOf) });
  }
  return known.get(key);
}

const targetOf = (name: string, rank: number): TargetName => ({ name, type: rank === 0 ? 'primary' : 'fallback' });

/** One model may stand in a list twice, at two providers. */
function distinct(models: readonly string[]): readonly string[] {
  return models.map((model, rank) => (models.indexOf(model) === rank ? model : `${model} (${rank})`));
}

/** An output of several types is a tool each; `native` and `prompted` ask for text. */
function declaredIn(text: string | undefined): readonly DeclaredOutput[] {
  const { output_mode: mode, output_tools: tools, output_object: object } = jsonObject(text) ?? {};
  if (mode === 'tool' && Array.isArray(tools)) return tools.flatMap(toolOf);
  const schema = jsonObject(jsonObject(object)?.json_schema);
  return schema && (mode === 'native' || mode === 'prompted') ? [{ schema }] : [];
}

function toolOf(tool: unknown): readonly DeclaredOutput[] {
  const { name, parameters_json_schema: parameters } = jsonObject(tool) ?? {};
  const schema = jsonObject(parameters);
  return schema && typeof name === 'string' ? [{ schema, tool: name }] : [];
}
