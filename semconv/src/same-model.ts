/**
 * Two model names in, whether they mean the same model out: gateways prefix the provider, providers answer an alias with a
 * dated snapshot, and neither is a fallback. Pure.
 */

/** Dates and aliases at the end: `-2025-08-07`, `-20251001`, `@20251001`, `-latest`, `-v1:0`, `:free`. */
const SUFFIX = /(?:[-@]\d{4}-?\d{2}-?\d{2}|-latest|@latest|@default|-v\d+(?::\d+)?|:[a-z]+)$/;

/** Whether `a` and `b` name one model, give or take provider, date, alias and spelling. */
export function sameModel(a: string, b: string): boolean {
  return a === b || bare(a) === bare(b);
}

function bare(model: string): string {
  let name = model.toLowerCase();
  name = name.slice(name.lastIndexOf('/') + 1);
  // Bedrock: us.anthropic.claude-…; a dot elsewhere is a version's.
  name = name.replace(/^(?:[a-z]{2,6}\.)?(?:anthropic|amazon|meta|mistral|cohere|openai|deepseek)\./, '');
  for (let shorter = name.replace(SUFFIX, ''); shorter !== name; shorter = name.replace(SUFFIX, '')) name = shorter;
  return name.replaceAll('.', '-');
}
