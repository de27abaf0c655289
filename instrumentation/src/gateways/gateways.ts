/** An answer's headers and body in, what the gateway in front says of it out: which target answered, which failed, cache and cost. One file a gateway. */
import { AZURE_MODEL_ROUTER } from './azure-model-router.ts';
import { BIFROST } from './bifrost.ts';
import { CLOUDFLARE } from './cloudflare.ts';
import type { Gateway, GatewaySaid, Signs } from './gateway.ts';
import { HELICONE } from './helicone.ts';
import { KONG } from './kong.ts';
import { LITELLM } from './litellm.ts';
import { NGROK } from './ngrok.ts';
import { OPENROUTER } from './openrouter.ts';
import { PORTKEY } from './portkey.ts';
import { VERCEL } from './vercel.ts';
import { VLLM_SEMANTIC_ROUTER } from './vllm-semantic-router.ts';

const GATEWAYS: readonly Gateway[] = [
  LITELLM,
  PORTKEY,
  CLOUDFLARE,
  HELICONE,
  BIFROST,
  NGROK,
  KONG,
  VLLM_SEMANTIC_ROUTER,
  VERCEL,
  AZURE_MODEL_ROUTER,
  OPENROUTER,
];

/** What the first gateway said that says who answered; where none does, what the first one said that left a sign. */
export function gatewaySaid(signs: Signs): GatewaySaid | undefined {
  let first: GatewaySaid | undefined;
  for (const { name, read } of GATEWAYS) {
    const found = read(signs);
    if (found === undefined) continue;
    const said = { gateway: name, ...found };
    if (tellsWhoAnswered(said)) return said;
    first ??= said;
  }
  return first;
}

/** A gateway in front of another one leaves signs of both. */
function tellsWhoAnswered({ rung, fallback, unclear, broke, cache }: GatewaySaid): boolean {
  return rung !== undefined || fallback === true || unclear === true || broke === true || cache !== undefined;
}
