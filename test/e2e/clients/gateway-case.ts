/** Answers as real gateways give them, asked for by the real client, and what was recorded of each: for the tests beside this file. */
import { readFileSync } from 'node:fs';
import { answer, type ProviderServer, raw, type Step, startOpenAI } from '@warmspare/providers';
import {
  ATTR_ERROR_TYPE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
} from '@warmspare/semconv';
import { OpenAI } from 'openai7';
import { type Recorded, record } from './recorded.ts';

const CASES = new URL('../../fixtures/cases/answers/', import.meta.url);

/** A file of the cases. */
export const caseText = (file: string): string => readFileSync(new URL(file, CASES), 'utf8');

/** One entry of `gateways.json`. */
export interface Answered {
  readonly id: string;
  readonly request: { readonly body: { readonly model: string }; readonly headers?: Readonly<Record<string, string>> };
  readonly answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly model?: string;
    readonly message?: string;
    readonly body?: object;
  };
}

const ANSWERED: readonly Answered[] = JSON.parse(caseText('gateways.json'));

export interface Behind {
  readonly recorded: Recorded;
  /** One call, by a client that does not try again. What the gateway throws is nobody's here. */
  ask(body: Record<string, unknown>, headers: Readonly<Record<string, string>>, step: Step): Promise<void>;
  /** The same for an entry of `gateways.json`. */
  replay(id: string, change?: (answered: Answered) => Answered): Promise<void>;
  /** `chain / target type rank outcome error` of each attempt, the call's own first. */
  attempts(): readonly string[];
  close(): Promise<void>;
}

/** A client of openai behind a gateway. */
export async function behindGateway(): Promise<Behind> {
  const server: ProviderServer = await startOpenAI();
  const recorded = record();
  recorded.instrumentation.instrument(OpenAI);
  const ask: Behind['ask'] = async (body, headers, step) => {
    server.script(step);
    const client = new OpenAI({ apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: 'hello' }];
    try {
      const given = await client.chat.completions.create({ model: 'gpt-5', messages, ...body }, { headers });
      if (Symbol.asyncIterator in given) for await (const _ of given as AsyncIterable<unknown>);
    } catch {
      // The gateway's error is the caller's.
    }
  };
  return {
    recorded,
    ask,
    async replay(id, change = (same) => same) {
      const found = ANSWERED.find((each) => each.id === id);
      if (found === undefined) throw new Error(`no case ${id}`);
      const answered = change(found);
      await ask(answered.request.body, answered.request.headers ?? {}, stepOf(answered));
    },
    attempts: () =>
      [...recorded.spans(), ...recorded.failed()].map(({ attributes }) =>
        [
          attributes[ATTR_LLM_FALLBACK_CHAIN_NAME],
          '/',
          attributes[ATTR_LLM_FALLBACK_TARGET_NAME],
          attributes[ATTR_LLM_FALLBACK_ROUTE_TYPE],
          attributes[ATTR_LLM_FALLBACK_TARGET_RANK] ?? '-',
          attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME],
          ...(attributes[ATTR_ERROR_TYPE] === undefined ? [] : [attributes[ATTR_ERROR_TYPE]]),
        ].join(' '),
      ),
    async close() {
      recorded.close();
      await server.close();
    },
  };
}

function stepOf({ answer: { status, headers, model, message, body } }: Answered): Step {
  if (status === 200) return answer({ headers, ...(model === undefined ? {} : { model }) });
  return raw({ status, headers, body: JSON.stringify(body ?? { error: { message, type: null, code: null } }) });
}

/** What a target failed with that nothing tells more of. */
export const PAST_PRIMARY = 'primary 0 error _OTHER';
