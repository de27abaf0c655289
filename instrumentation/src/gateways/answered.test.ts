/** Real gateways' answers with headers taken away and others added: what is left never has more credit than all of it. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { declarationsIn } from '../call/route/declarations.ts';
import { resolveRoute } from '../call/route/resolve.ts';
import type { CallRequest } from '../types/call.ts';
import { gatewaySaid } from './gateways.ts';

interface Answered {
  readonly id: string;
  readonly request: { readonly body: { readonly model: string }; readonly headers?: Readonly<Record<string, string>> };
  readonly answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly model?: string;
    readonly body?: { readonly error?: object };
  };
}

const ANSWERED: readonly Answered[] = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/cases/answers/gateways.json', import.meta.url), 'utf8'),
);

const names = [...new Set(ANSWERED.flatMap(({ answer }) => Object.keys(answer.headers)))];

/** `target type` that the answer is put down to, and the targets that failed. */
function found({ request, answer }: Answered, headers: Readonly<Record<string, string>>): readonly string[] {
  const { body } = request;
  const requestHeaders = request.headers ?? {};
  const given = {
    body,
    header: (name: string) => requestHeaders[name],
    host: undefined,
    library: 'openai',
    middleware: [],
  };
  const [declared] = declarationsIn(given);
  const call: CallRequest = {
    operation: 'chat',
    provider: 'openai',
    model: body.model,
    server: undefined,
    stream: false,
    outputType: undefined,
    schema: undefined,
    systemPrompt: undefined,
    signal: undefined,
    ...(declared && { declared }),
  };
  const error = answer.status === 200 ? undefined : (answer.body ?? {});
  const read = error === undefined ? { complete: true, model: answer.model } : undefined;
  const said = gatewaySaid({ header: (name) => headers[name], answer: read, error, request: call });
  const { route, failed = [] } = resolveRoute({ request: call, answer: read, said, inferred: undefined });
  const own = route?.target === undefined ? [] : [`${route.target} ${route.type}`];
  return [...own, ...failed.map(({ target }) => `${target} failed`)];
}

const some = fc.constantFrom(...ANSWERED.filter(({ answer }) => answer.status === 200));

test('without some of the headers, an answer is the same target’s or nobody’s', () => {
  fc.assert(
    fc.property(some, fc.uniqueArray(fc.constantFrom(...names)), (answered, removed) => {
      const left = Object.entries(answered.answer.headers).filter(([name]) => !removed.includes(name));
      const all = found(answered, answered.answer.headers);
      for (const each of found(answered, Object.fromEntries(left))) expect(all).toContain(each);
    }),
  );
});

test('with headers that nobody knows, an answer is the same target’s', () => {
  const unknown = fc.dictionary(
    fc.stringMatching(/^(x-litellm|x-portkey|cf-aig|x)-[a-z]{1,12}-new$/),
    fc.constantFrom('0', '1', 'true', 'HIT', 'config.targets[1]', 'gpt-5'),
  );
  fc.assert(
    fc.property(fc.constantFrom(...ANSWERED), unknown, (answered, added) => {
      const { headers } = answered.answer;
      expect(found(answered, { ...added, ...headers })).toEqual(found(answered, headers));
    }),
  );
});
