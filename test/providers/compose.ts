/** What every provider makes of a scripted answer and a request before it is put into a wire format: text, model, tokens, ids. */
import type { RecordedRequest } from './request.ts';
import type { Answer, Finish, Tokens, ToolCall } from './steps.ts';

export interface Composed {
  readonly id: string;
  /** Epoch seconds: grows with each request, never the real time. */
  readonly created: number;
  readonly model: string;
  readonly text: string;
  readonly refusal: string | undefined;
  readonly toolCalls: readonly Required<ToolCall>[];
  readonly finish: Finish;
  readonly tokens: Required<Tokens>;
  readonly extraUsage: Readonly<Record<string, unknown>>;
  readonly extraMessage: Readonly<Record<string, unknown>>;
  readonly leadingBlocks: readonly Readonly<Record<string, unknown>>[];
}

/** The dated snapshots that real providers name in answers to a request for an alias. */
const SNAPSHOTS: Readonly<Record<string, string>> = {
  'gpt-5': 'gpt-5-2025-08-07',
  'gpt-5-mini': 'gpt-5-mini-2025-08-07',
  'gpt-4o': 'gpt-4o-2024-08-06',
  'gpt-4o-mini': 'gpt-4o-mini-2024-07-18',
  'claude-haiku-4-5': 'claude-haiku-4-5-20251001',
  'claude-sonnet-4-5': 'claude-sonnet-4-5-20250929',
};

const EPOCH = 1_767_225_600;

export function compose(request: RecordedRequest, answer: Answer, defaultText: string): Composed {
  const asked = typeof request.body.model === 'string' ? request.body.model : 'unknown';
  const refused = answer.refusal !== undefined;
  const calls = (answer.toolCalls ?? []).map((call, index) => ({
    id: call.id ?? `call_${pad(request.number)}${index}`,
    name: call.name,
    arguments: call.arguments,
  }));
  const text = answer.text ?? (calls.length > 0 || refused ? '' : defaultText);
  return {
    id: pad(request.number),
    created: EPOCH + request.number,
    model: answer.model ?? SNAPSHOTS[asked] ?? asked,
    text,
    refusal: answer.refusal,
    toolCalls: calls,
    finish: answer.finish ?? (refused ? 'refusal' : calls.length > 0 ? 'tool_calls' : 'stop'),
    tokens: tokensOf(request, text, answer.tokens),
    extraUsage: answer.usage ?? {},
    extraMessage: answer.message ?? {},
    leadingBlocks: answer.blocks ?? [],
  };
}

/** Splits a text into the pieces that a stream delivers; joined they are the text. */
export function pieces(text: string): readonly string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}

/** Four characters a token: any rule will do, as long as equal requests cost the same. */
function tokensOf(request: RecordedRequest, text: string, scripted: Tokens | undefined): Required<Tokens> {
  const input = scripted?.input ?? Math.ceil(JSON.stringify(request.body).length / 4);
  return {
    input,
    output: scripted?.output ?? Math.max(1, Math.ceil(text.length / 4)),
    cachedInput: scripted?.cachedInput ?? 0,
    cacheWrite: scripted?.cacheWrite ?? 0,
    reasoning: scripted?.reasoning ?? 0,
  };
}

function pad(number: number): string {
  return String(number).padStart(12, '0');
}
