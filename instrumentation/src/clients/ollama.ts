/** What is patched in `ollama`: chat, text and vectors. The class inherits them from the one for browsers, which stays as it is. https://docs.ollama.com/api */
import { count, fields, list, text } from '../base/read.ts';
import type {
  AnswerFormat,
  AnswerReader,
  CallAnswer,
  CallRequest,
  Operation,
  TokenUsage,
  ToolInput,
} from '../types/call.ts';
import type { Client } from './client.ts';
import { endpointAt } from './endpoint.ts';
import { ended, finishOf } from './finish.ts';
import { schemaOf, systemPrompt } from './request-parts.ts';

/** An answer and the chunks of a stream are alike; the last one is `done`. */
const ANSWER: AnswerFormat = {
  isAnswer: (value) => isOllama(value) && fields(value).done === true,
  answer: (value, output) => {
    const reader = ollamaReader(output);
    reader.read(value);
    const answer = reader.answer();
    return answer.finish === undefined ? { ...answer, ...ended('error') } : answer;
  },
  isChunk: isOllama,
  reader: ollamaReader,
};

function isOllama(value: unknown): boolean {
  const { model, done, message, response } = fields(value);
  return (
    typeof model === 'string' &&
    typeof done === 'boolean' &&
    (typeof message === 'object' || typeof response === 'string')
  );
}

function ollamaReader(output: boolean): AnswerReader {
  let model: string | undefined;
  let done = false;
  let word: string | undefined;
  let usage: TokenUsage | undefined;
  let produced = false;
  let written = '';
  const tools: ToolInput[] = [];
  return {
    read(chunk) {
      const part = fields(chunk);
      const { content, tool_calls } = fields(part.message);
      const said = text(content) ?? text(part.response) ?? '';
      model = text(part.model) ?? model;
      done ||= part.done === true;
      word = text(part.done_reason) ?? word;
      usage = tokensIn(part) ?? usage;
      produced ||= said !== '' || list(tool_calls).length > 0;
      if (!output) return;
      written += said;
      tools.push(
        ...list(tool_calls)
          .map((call) => fields(fields(call).function))
          .map(({ name, arguments: input }) => ({ name: text(name), input })),
      );
    },
    answer: (): CallAnswer => ({
      ...ended(done ? finishOf(word, { produced, refused: false, failed: false }) : undefined),
      model,
      finishReasons: word === undefined ? [] : [word],
      usage,
      text: output ? written : undefined,
      toolInputs: output ? tools : undefined,
    }),
  };
}

function tokensIn({ prompt_eval_count, eval_count }: ReturnType<typeof fields>): TokenUsage | undefined {
  const input = count(prompt_eval_count);
  const output = count(eval_count);
  return input === undefined && output === undefined ? undefined : { input, output };
}

function generating(operation: 'chat' | 'text_completion'): Operation {
  return {
    ...ANSWER,
    request(client, body) {
      const { messages, system, format, stream } = fields(body);
      return {
        operation,
        ...called(client, body),
        stream: stream === true,
        outputType: format === undefined || format === '' ? undefined : 'json',
        schema: schemaOf(format),
        systemPrompt: text(system) ?? systemPrompt(messages),
      };
    },
  };
}

function called(
  client: unknown,
  body: unknown,
): Pick<CallRequest, 'server' | 'provider' | 'direct' | 'model' | 'signal'> {
  return {
    ...endpointAt(fields(fields(client).config).host, 'ollama'),
    model: text(fields(body).model),
    signal: undefined,
  };
}

const EMBED: Operation = {
  isAnswer: (value) => typeof fields(value).model === 'string' && Array.isArray(list(fields(value).embeddings)[0]),
  answer(value) {
    const { model, embeddings } = fields(value);
    return {
      ...ended(list(embeddings).length > 0 ? 'success' : 'error'),
      model: text(model),
      usage: tokensIn(fields(value)),
    };
  },
  isChunk: () => false,
  reader: () => ({ read() {}, answer: () => ({ complete: false }) }),
  request: (client, body) => ({
    operation: 'embeddings',
    ...called(client, body),
    stream: false,
    outputType: undefined,
    schema: undefined,
    systemPrompt: undefined,
  }),
};

export const OLLAMA: Client = {
  module: 'ollama',
  versions: ['>=0.5 <0.7'],
  className: 'Ollama',
  patches: [
    { path: [], method: 'chat', operation: generating('chat') },
    { path: [], method: 'generate', operation: generating('text_completion') },
    { path: [], method: 'embed', operation: EMBED },
  ],
};
