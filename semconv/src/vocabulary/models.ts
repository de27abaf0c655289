/**
 * Model names: whether two mean the same model. Gateways prefix the provider, providers answer an alias with a dated snapshot, and neither is
 * a fallback. The same model at another provider, host or region is another target, which names alone don't tell. Pure.
 */
import { remembered } from './word.ts';

/** Whether `a` and `b` name one model, give or take provider, date, alias and spelling. */
export function sameModel(a: string, b: string): boolean {
  return a === b || bareModel(a) === bareModel(b);
}

/** The name without provider, date, alias and spelling: equal for two names of one model. */
export const bareModel: (model: string) => string = remembered(bare);

/** Bedrock's ids: `us.anthropic.claude-sonnet-4-5-20250929-v1:0`. The region may be left out. */
const BEDROCK =
  /^(?:(?:us|eu|apac|global|us-gov|jp|au|ca|sa|me|af)\.)?(?:anthropic|amazon|meta|mistral|cohere|openai|deepseek|ai21|qwen|google|nvidia|minimax|moonshotai|moonshot|writer|twelvelabs|zai)\./;

/** Bedrock's revision, and its context size (`:200k`). */
const BEDROCK_REVISION = /-v?\d+:\d+(?::\d+k)?$|-v\d+$/;

/** Families whose version stands where others have a revision: `claude-v2:1`, `titan-embed-text-v2:0`. */
const VERSIONED = /^claude(?:-instant)?-v\d|^titan-|embed|image/;

/** Where the same weights run: OpenRouter's routing variants and Ollama's default tag. Every other tag (`:70b`, `:thinking`) is a model. */
const TAG = /:(?:free|nitro|floor|online|extended|exacto|beta|latest)$/;

const MONTH = '(?:0[1-9]|1[0-2])';
const DAY = '(?:0[1-9]|[12]\\d|3[01])';

const SUFFIXES: readonly RegExp[] = [
  /[-@](?:latest|default)$/,
  // Vertex pins versions and dates behind an @.
  /@\d+$/,
  // 2025-08-07, 20250807, 250807, 2025-07, 03-2024.
  new RegExp(`-20\\d\\d-?${MONTH}-?${DAY}$`),
  new RegExp(`-2\\d${MONTH}${DAY}$`),
  new RegExp(`-20\\d\\d-${MONTH}$`),
  new RegExp(`-(?:preview-|exp-)?${MONTH}-20\\d\\d$`),
  // preview-05-20, exp-0827.
  new RegExp(`-(?:preview|exp)-${MONTH}-?${DAY}$`),
  // 0613 (month and day), 2411 (year and month).
  new RegExp(`-(?:${MONTH}${DAY}|2[3-9]${MONTH})$`),
];

/** Google's stable revisions: `gemini-1.5-pro-002`, `text-bison-001`. Of its embeddings the number is the model. */
const GOOGLE_REVISION = /^(gemini-\d.*|.*-bison)-00\d$/;

/** `claude-4.5-haiku` of some gateways is `claude-haiku-4-5`. */
const CLAUDE_TURNED = /^claude-([4-9](?:-\d{1,2})?)-([a-z]+)$/;

/** What vendors call their models, whatever version, size and date follows. */
const FAMILY = new RegExp(
  `^(?:${[
    'chatgpt gpt o[134] claude gemini gemma mistral ministral mixtral codestral devstral magistral pixtral llama',
    'command aya grok deepseek qwen qwq nova titan phi kimi moonshot glm jamba sonar granite nemotron minimax ernie hunyuan',
  ]
    .join(' ')
    .replaceAll(' ', '|')})(?![a-z])`,
);

/**
 * Whether `served` is another model than the one that was asked for, by their makers' names: an alias of a gateway, or a deployment named at
 * will, is no other one. Where nothing is known of a name, it is not.
 */
export function isOtherModel(asked: string, served: string): boolean {
  return othersOf(asked)(served);
}

/** Models are few and calls are many. */
const othersOf = remembered(
  (asked) =>
    remembered((served) => {
      const [a, b] = [bareModel(asked), bareModel(served)];
      if (a === b || !FAMILY.test(a) || !FAMILY.test(b)) return false;
      return !a.startsWith(b) && !b.startsWith(a);
    }, 64),
  256,
);

function bare(model: string): string {
  const name = model.trim().toLowerCase();
  // A fine-tuned model is its whole name.
  if (name.startsWith('ft:')) return name;
  const own = name.slice(name.lastIndexOf('/') + 1);
  const served = own.replace(BEDROCK, '');
  let rest = served === own || VERSIONED.test(served) ? served : served.replace(BEDROCK_REVISION, '');
  // Vertex and others keep Bedrock's revision without its prefix.
  rest = rest.replace(/(-20\d{6})-v\d+(?::\d+)?$/, '$1');
  rest = withoutSuffixes(rest.replace(TAG, ''))
    .replace(GOOGLE_REVISION, '$1')
    .replaceAll(/[._]/g, '-')
    .replace(CLAUDE_TURNED, 'claude-$2-$1');
  // Azure allows no dot in the name.
  return rest.replace(/^gpt-35(?=-|$)/, 'gpt-3-5');
}

function withoutSuffixes(name: string): string {
  for (const suffix of SUFFIXES) {
    const shorter = name.replace(suffix, '');
    if (shorter !== name && shorter !== '') return withoutSuffixes(shorter);
  }
  return name;
}
