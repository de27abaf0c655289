/** pydantic-ai speaks OpenTelemetry's names, and says in one JSON text of its own what the output was to be. */
import type { DeclaredOutput, Dialect } from './dialect.ts';
import { jsonObject } from './json-text.ts';
import { outputsIn } from './recorded-answer.ts';
import { fingerprintOf, remembering, rememberingAll } from './schema-text.ts';

const PARAMETERS = 'model_request_parameters';

export const PYDANTIC_AI: Dialect = {
  calls: [],
  aliases: {},
  texts: [{ key: PARAMETERS, read: remembering((text) => ({ schemaFingerprint: fingerprintOf(declaredIn(text)) })) }],
  recorded: {
    asked: [PARAMETERS],
    declared: rememberingAll(([text]) => declaredIn(text)),
    answered: ['gen_ai.output.messages'],
    outputs: ([messages]) => outputsIn(messages),
  },
};

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
